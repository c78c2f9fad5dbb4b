using System.Diagnostics;
using DecoupleQ.Quantization.Tuning;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>How far a tuning is: work is counted in windows that pass the model once; a step's pass it about four times.</summary>
/// <param name="progress">Who is told; may be null.</param>
/// <param name="options">The job's options.</param>
internal sealed class TuningMeter(IProgress<TuningProgress>? progress, TuningOptions options)
{
    /// <summary>Passes of a window of a step: forward, and twice as much back; the dense model's head and the changes of the parameters.</summary>
    public const double PassesOfStep = 4;

    // Ids that the model writes take longer than ids that it reads.
    private const double PassesOfWriting = 8;

    private readonly long _start = Stopwatch.GetTimestamp();
    private double _total = 1, _done, _skipped;
    private long _workStart;
    private string _phase = "load";
    private double? _loss;

    /// <summary>Steps made.</summary>
    public int Step { get; set; }

    /// <summary>Since the start.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>The job is begun.</summary>
    public void Begin(IReadOnlyList<string> warnings) => Tell(null, warnings);

    /// <summary>How much there is to do.</summary>
    /// <param name="windows">Windows of the data.</param>
    /// <param name="heldOut">Of them held out.</param>
    /// <param name="unwritten">Windows that are still to be written.</param>
    public void Plan(int windows, int heldOut, int unwritten)
    {
        _total = windows + ((double)options.Steps * options.Batch * PassesOfStep) + ((Math.Min(options.Checks, options.Steps) + 1.0) * heldOut)
            + (unwritten * PassesOfWriting);
        _workStart = Stopwatch.GetTimestamp();
    }

    /// <summary>What comes now.</summary>
    public void Enter(string phase)
    {
        _phase = phase;
        Tell();
    }

    /// <summary>An earlier run has made so many steps, and looked so often.</summary>
    public void Skip(int steps, int checks, int heldOut)
    {
        Step = steps;
        _skipped = ((double)steps * options.Batch * PassesOfStep) + ((double)checks * heldOut);
    }

    /// <summary>Windows have passed the model, in part or several times.</summary>
    public void Advance(double passes)
    {
        _done += passes;
        Tell();
    }

    /// <summary>Windows have been written, or a part of one.</summary>
    public void Written(double windows) => Advance(windows * PassesOfWriting);

    /// <summary>A step is made.</summary>
    public void Made(double loss)
    {
        Step++;
        _loss = _loss is double running ? (running * 0.95) + (loss * 0.05) : loss;
        Advance(options.Batch * PassesOfStep);
    }

    /// <summary>The held-out windows have been looked at.</summary>
    public void Checked(TuningCheck check) => Tell(check);

    private void Tell(TuningCheck? check = null, IReadOnlyList<string>? warnings = null)
    {
        if (progress is null)
        {
            return;
        }
        double left = Math.Max(0, _total - _skipped - _done);
        TimeSpan? remaining = _done > 0.01 * (_total - _skipped) ? Stopwatch.GetElapsedTime(_workStart) * (left / _done) : null;
        progress.Report(new TuningProgress(_phase, Step, options.Steps, Math.Min(1, (_done + _skipped) / _total), Elapsed, remaining, _loss)
        {
            Check = check,
            Warnings = warnings ?? [],
        });
    }
}
