using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>Puts together from entries in any order when answers differed from the baseline.</summary>
internal sealed class DriftHistory
{
    // Of a log that tells of more there is more to mend than a page can tell.
    private const int Most = 400;

    // Of before the period only what it began with: the last word on each route, and the last start of each model.
    private readonly Dictionary<(string Model, string? Route), MonitorEntry> _before = [];
    private readonly NewestEntries<MonitorEntry> _entries = new(Most);

    /// <summary>Entries that were too many to be kept.</summary>
    public long Omitted => _entries.Omitted;

    /// <param name="entry">Of drift, or of a server's start.</param>
    /// <param name="isBefore">Whether it is of before the period.</param>
    public void Add(MonitorEntry entry, bool isBefore)
    {
        if (!isBefore)
        {
            _entries.Add(entry);
            return;
        }
        (string, string?) key = (entry.Model, (entry as DriftEntry)?.Route);
        if (!_before.TryGetValue(key, out MonitorEntry? last) || last.Time <= entry.Time)
        {
            _before[key] = entry;
        }
    }

    /// <summary>The times, the earliest first.</summary>
    public IReadOnlyList<DriftPeriod> Periods()
    {
        var open = new Dictionary<(string Model, string Route), DriftPeriod>();
        var periods = new List<DriftPeriod>();
        foreach (MonitorEntry entry in _before.Values.OrderBy(entry => entry.Time))
        {
            Follow(entry, open, null);
        }
        foreach (MonitorEntry entry in _entries.InOrder())
        {
            Follow(entry, open, periods);
        }
        return [.. periods.Concat(open.Values).OrderBy(period => period.Began ?? DateTimeOffset.MinValue)];
    }

    private static void Follow(MonitorEntry entry, Dictionary<(string Model, string Route), DriftPeriod> open, List<DriftPeriod>? ended)
    {
        switch (entry)
        {
            case DriftEntry { Drifting: true } drift:
                DriftPeriod period = open.GetValueOrDefault((drift.Model, drift.Route))
                    ?? new(drift.Model, drift.Route, drift.Time, null, Restarted: false, []);
                IEnumerable<SignalDifference> more = drift.Signals.Where(signal => period.Signals.All(known => known.Signal != signal.Signal));
                open[(drift.Model, drift.Route)] = period with { Signals = [.. period.Signals, .. more] };
                break;
            case DriftEntry drift:
                DriftPeriod last = open.GetValueOrDefault((drift.Model, drift.Route))
                    ?? new(drift.Model, drift.Route, null, null, Restarted: false, []);
                open.Remove((drift.Model, drift.Route));
                ended?.Add(last with { Ended = drift.Time });
                break;
            case ServerEntry server:
                foreach ((string Model, string Route) key in open.Keys.Where(key => key.Model == server.Model).ToArray())
                {
                    ended?.Add(open[key] with { Ended = server.Time, Restarted = true });
                    open.Remove(key);
                }
                break;
            default:
                throw new ArgumentException($"An entry of the type {entry.GetType().Name} says nothing of drift.", nameof(entry));
        }
    }
}
