using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>Reads a log, entry by entry and in any order, into <see cref="PeriodFigures"/>.</summary>
internal sealed class PeriodReader
{
    // As many as can be told apart in a plot.
    private const int MostModels = 8;

    private readonly PeriodOptions _options;
    private readonly SortedDictionary<string, ModelFigures> _models = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string Model, string Reference), ComparisonSample> _comparisons = [];
    private readonly TimeBuckets _buckets = new();
    private readonly DriftHistory _drift = new();
    private readonly ShareHistory _shares = new();
    private readonly LargestDifferences _differences = new();
    private DateTimeOffset _first = DateTimeOffset.MaxValue, _last = DateTimeOffset.MinValue;
    private long _entries;

    private PeriodReader(PeriodOptions options) => _options = options;

    /// <param name="log">Reads the log from its beginning; asked for up to twice.</param>
    /// <param name="path">What errors call it.</param>
    /// <param name="options">What of it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">There is no entry in the period, or there are too many models; and what reading the log throws.</exception>
    public static PeriodFigures Read(Func<IEnumerable<MonitorEntry>> log, string path, PeriodOptions options, CancellationToken cancellationToken = default)
    {
        var reader = new PeriodReader(options);
        foreach (MonitorEntry entry in Wanted(log(), options, cancellationToken))
        {
            reader.Add(entry, path);
        }
        if (reader._entries == 0)
        {
            throw new DecoupleQException(
                options == new PeriodOptions() ? "There is no entry in the log." : "There is no entry of that time and that model in the log.", path,
                expected: "a log that a server has written to since, by decoupleq serve MODEL --monitor FOLDER");
        }
        if (!reader._differences.IsEmpty)
        {
            reader._differences.Find(Wanted(log(), options, cancellationToken).OfType<AnswerEntry>());
        }
        return reader.Figures();
    }

    // Of before the period too, which tell what it began with.
    private static IEnumerable<MonitorEntry> Wanted(IEnumerable<MonitorEntry> log, PeriodOptions options, CancellationToken cancellationToken)
    {
        foreach (MonitorEntry entry in log)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!options.IsAfter(entry.Time) && (options.Model is null || options.Model == entry.Model))
            {
                yield return entry;
            }
        }
    }

    private void Add(MonitorEntry entry, string path)
    {
        if (_options.IsBefore(entry.Time))
        {
            AddBefore(entry);
            return;
        }
        _entries++;
        _first = entry.Time < _first ? entry.Time : _first;
        _last = entry.Time > _last ? entry.Time : _last;
        ModelFigures model = Active(entry.Model, path);
        switch (entry)
        {
            case AnswerEntry answer:
                model.Add(answer);
                _buckets.Add(answer);
                break;
            case ComparisonEntry { Tokens: > 0 } comparison:
                Comparison(comparison).Add(comparison);
                _differences.Add(comparison);
                break;
            case ServerEntry { Started: true } server:
                model.Add(server);
                _drift.Add(entry, isBefore: false);
                break;
            case DriftEntry:
                _drift.Add(entry, isBefore: false);
                break;
            case ShareEntry share:
                _shares.Add(share, isBefore: false);
                break;
            case SelfCheckEntry check:
                model.Add(check);
                break;
            case BaselineEntry baseline:
                model.Add(baseline);
                break;
            case LossEntry loss:
                model.Add(loss);
                break;
        }
    }

    // What the period begins with.
    private void AddBefore(MonitorEntry entry)
    {
        switch (entry)
        {
            case ServerEntry { Started: true } server:
                Known(entry.Model).AddBefore(server);
                _drift.Add(entry, isBefore: true);
                break;
            case DriftEntry:
                _drift.Add(entry, isBefore: true);
                break;
            case BaselineEntry baseline:
                Known(entry.Model).Add(baseline);
                break;
            case ShareEntry share:
                _shares.Add(share, isBefore: true);
                break;
        }
    }

    private ModelFigures Active(string name, string path)
    {
        ModelFigures model = Known(name);
        if (!model.IsActive && _models.Values.Count(other => other.IsActive) == MostModels)
        {
            string others = string.Join(", ", _models.Values.Where(other => other.IsActive).Select(other => other.Name));
            throw new DecoupleQException(
                $"The log tells of more than {MostModels} models: {others}, {name} ..", path, "--model", "one of them, for a report of that model alone");
        }
        model.IsActive = true;
        return model;
    }

    private ModelFigures Known(string name)
    {
        if (!_models.TryGetValue(name, out ModelFigures? model))
        {
            _models.Add(name, model = new(name));
        }
        return model;
    }

    private ComparisonSample Comparison(ComparisonEntry comparison)
    {
        (string, string) key = (comparison.Model, comparison.Reference);
        if (!_comparisons.TryGetValue(key, out ComparisonSample? sample))
        {
            _comparisons.Add(key, sample = new(comparison.Model, comparison.Reference));
        }
        return sample;
    }

    private PeriodFigures Figures() => new()
    {
        First = _first,
        Last = _last,
        Entries = _entries,
        Models = [.. _models.Values.Where(model => model.IsActive)],
        OverTime = _buckets,
        Drift = _drift.Periods(),
        Comparisons = [.. _comparisons.Values.Select(sample => sample.Figures())],
        Shares = _shares.Changes(),
        Differing = _differences.InOrder(),
        Omitted = _drift.Omitted + _shares.Omitted,
    };
}
