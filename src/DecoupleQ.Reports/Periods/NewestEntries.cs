using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>The newest of any number of entries, in whatever order they come.</summary>
/// <typeparam name="T">Their kind.</typeparam>
/// <param name="most">How many are kept.</param>
internal sealed class NewestEntries<T>(int most)
    where T : MonitorEntry
{
    private readonly PriorityQueue<T, (DateTimeOffset Time, long Place)> _entries = new();
    private long _added;

    /// <summary>Entries that were not kept.</summary>
    public long Omitted => _added - _entries.Count;

    public void Add(T entry)
    {
        // Of the same time, in the order in which they came.
        _entries.Enqueue(entry, (entry.Time, _added++));
        if (_entries.Count > most)
        {
            _entries.Dequeue();
        }
    }

    /// <summary>Those that are kept, the oldest first.</summary>
    public IReadOnlyList<T> InOrder() => [.. _entries.UnorderedItems.OrderBy(item => item.Priority).Select(item => item.Element)];
}
