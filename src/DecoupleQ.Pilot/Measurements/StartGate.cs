namespace DecoupleQ.Pilot.Measurements;

/// <summary>
/// Keeps requests that have their first token until all of a group have theirs, so that what is timed behind it is so many requests together.
/// </summary>
/// <param name="requests">How many.</param>
/// <param name="clock">The clock.</param>
internal sealed class StartGate(int requests, TimeProvider clock)
{
    private readonly TaskCompletionSource<long> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing = requests;

    /// <summary>When it was opened, as a timestamp of the clock; ends when it is.</summary>
    public Task<long> Opened => _opened.Task;

    /// <summary>A request has come; the last one opens the gate.</summary>
    /// <returns><see cref="Opened"/>.</returns>
    public Task<long> ArriveAsync()
    {
        if (Interlocked.Decrement(ref _missing) == 0)
        {
            Open();
        }
        return Opened;
    }

    /// <summary>Opens it, whoever is missing: one that failed does not come.</summary>
    public void Open() => _opened.TrySetResult(clock.GetTimestamp());
}
