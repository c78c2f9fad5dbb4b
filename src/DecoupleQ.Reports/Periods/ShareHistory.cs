using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>Puts together from entries in any order what share of the requests canaries had.</summary>
internal sealed class ShareHistory
{
    private const int Most = 200;

    private readonly Dictionary<string, ShareEntry> _before = [];
    private readonly NewestEntries<ShareEntry> _entries = new(Most);

    /// <summary>Entries that were too many to be kept.</summary>
    public long Omitted => _entries.Omitted;

    public void Add(ShareEntry entry, bool isBefore)
    {
        if (!isBefore)
        {
            _entries.Add(entry);
        }
        else if (!_before.TryGetValue(entry.Model, out ShareEntry? last) || last.Time <= entry.Time)
        {
            _before[entry.Model] = entry;
        }
    }

    /// <summary>The changes, the earliest first; before them what each canary had when the period began.</summary>
    public IReadOnlyList<ShareEntry> Changes() => [.. _before.Values.OrderBy(entry => entry.Time), .. _entries.InOrder()];
}
