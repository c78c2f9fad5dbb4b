namespace DecoupleQ.Server.Monitoring;

/// <summary>Why the server, though it serves, should be looked at. Safe for any number of threads.</summary>
internal sealed class Degradation
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, string> _reasons = new(StringComparer.Ordinal);

    /// <summary>The reasons, in words; none while all is well.</summary>
    public IReadOnlyList<string> Reasons
    {
        get
        {
            lock (_gate)
            {
                return [.. _reasons.Values];
            }
        }
    }

    /// <summary>Sets or takes back a reason.</summary>
    /// <param name="source">Whose it is.</param>
    /// <param name="reason">In words; null if it is none any more.</param>
    public void Set(string source, string? reason)
    {
        lock (_gate)
        {
            if (reason is null)
            {
                _reasons.Remove(source);
            }
            else
            {
                _reasons[source] = reason;
            }
        }
    }
}
