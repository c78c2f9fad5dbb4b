namespace DecoupleQ.Pilot.Measurements;

/// <summary>Looks at the process's resident set until it is told to stop.</summary>
internal sealed class ResidentPeak : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(3);

    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;
    private readonly long _before;
    private long _most;

    /// <summary>Collects what nobody uses any more, gives it back to the system, and begins.</summary>
    public ResidentPeak()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        _before = _most = Environment.WorkingSet;
        _thread = new Thread(Look) { IsBackground = true, Name = "resident memory" };
        _thread.Start();
    }

    /// <summary>Bytes by which the resident set was larger than at the beginning, at its largest until now.</summary>
    public long SoFar => Math.Max(0, _most - _before);

    /// <summary>Ends it.</summary>
    /// <returns>Bytes by which the resident set was larger than at the beginning, at its largest.</returns>
    public long Stop()
    {
        _stop.Set();
        _thread.Join();
        return Math.Max(0, Math.Max(_most, Environment.WorkingSet) - _before);
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Look()
    {
        while (!_stop.Wait(Every))
        {
            _most = Math.Max(_most, Environment.WorkingSet);
        }
    }
}
