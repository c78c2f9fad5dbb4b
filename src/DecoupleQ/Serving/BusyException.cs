using System.Globalization;

namespace DecoupleQ.Serving;

/// <summary>As many requests wait as may wait.</summary>
public sealed class BusyException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="waiting">Requests that wait.</param>
    /// <param name="retryAfter">When a place is likely to be free.</param>
    public BusyException(int waiting, TimeSpan retryAfter)
        : base(string.Create(
            CultureInfo.InvariantCulture, $"{waiting} requests wait already, as many as may wait. Try again in {retryAfter.TotalSeconds:0} s."))
        => RetryAfter = retryAfter;

    /// <summary>When a place is likely to be free: at least a second.</summary>
    public TimeSpan RetryAfter { get; }
}
