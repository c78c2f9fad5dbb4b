using System.Diagnostics;

namespace DecoupleQ.Pilot.Progress;

/// <summary>Counts the steps of a measurement, and tells how long the others will take: as long as those of this run took.</summary>
/// <param name="total">Steps in all.</param>
/// <param name="finished">Steps that an earlier run has done.</param>
/// <param name="progress">Who is told; may be null.</param>
internal sealed class StepClock(int total, int finished, IProgress<StepProgress>? progress)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Lock _gate = new();
    private int _done, _more;

    /// <summary>Counts further steps in.</summary>
    public void Expect(int more)
    {
        lock (_gate)
        {
            _more += more;
        }
    }

    /// <summary>Counts a step as done; from any thread.</summary>
    public void Step()
    {
        lock (_gate)
        {
            _done++;
            int all = total + _more, left = all - finished - _done;
            progress?.Report(new(finished + _done, all, Stopwatch.GetElapsedTime(_start) * ((double)left / _done)));
        }
    }
}
