namespace DecoupleQ.Server.Monitoring;

/// <summary>What has been counted since the server began, up to this moment. Safe for any number of threads.</summary>
internal sealed class LiveCounts
{
    private long _tokensWritten;

    /// <summary>Tokens that were written.</summary>
    public long TokensWritten => Interlocked.Read(ref _tokensWritten);

    public void AddToken() => Interlocked.Increment(ref _tokensWritten);
}
