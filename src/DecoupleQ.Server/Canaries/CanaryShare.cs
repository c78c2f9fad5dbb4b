using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Server.Canaries;

/// <summary>Which share of those who ask a canary answers; it falls to 0 once somebody finds the canary wanting. Safe for any number of threads.</summary>
/// <param name="share">The share at first, from 0 to 1.</param>
internal sealed class CanaryShare(double share)
{
    private ShareReason? _reason;

    /// <summary>Told the reason, once, when the share falls to 0.</summary>
    public event Action<ShareReason>? FellBack;

    /// <summary>The share now.</summary>
    public double Now => Reason is null ? share : 0;

    /// <summary>Why it fell to 0; null while it has not.</summary>
    public ShareReason? Reason => Volatile.Read(ref _reason);

    /// <summary>Whether the canary answers whoever has a key (<see cref="StickyKey"/>).</summary>
    public bool Takes(string key) => StickyKey.PlaceOf(key) < Now;

    /// <summary>Sets the share to 0 until the server is started again; what the canary is answering it answers to the end.</summary>
    /// <param name="reason">Why. The first one stands.</param>
    /// <returns>Whether this was the first time.</returns>
    public bool FallBack(ShareReason reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (Interlocked.CompareExchange(ref _reason, reason, null) is not null)
        {
            return false;
        }
        FellBack?.Invoke(reason);
        return true;
    }
}
