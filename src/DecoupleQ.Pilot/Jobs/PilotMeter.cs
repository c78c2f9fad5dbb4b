using System.Diagnostics;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Progress;
using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>Turns what steps report into the progress of a pilot.</summary>
/// <param name="progress">Who is told; may be null.</param>
/// <param name="before">What was done before the first step took.</param>
internal sealed class PilotMeter(IProgress<PilotProgress>? progress, TimeSpan before = default)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private TimeSpan _taken;
    private int _step;

    /// <summary>Steps in all, as far as can be told.</summary>
    public int All { get; set; } = 1;

    /// <summary>Since the start of this run.</summary>
    public TimeSpan Elapsed => before + Stopwatch.GetElapsedTime(_start);

    /// <summary>Begins a step.</summary>
    public void Begin(string phase, string? setting)
    {
        _step++;
        // What the step before has left, models and activations, would count beside what this one takes.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Tell(phase, setting, 0, null);
    }

    /// <summary>For measurements that count steps of their own.</summary>
    public IProgress<StepProgress> Steps(string phase, string? setting) =>
        new Taker<StepProgress>(done => Tell(phase, setting, done.Total == 0 ? 1 : (double)done.Done / done.Total, done.Remaining));

    /// <summary>For tasks.</summary>
    public IProgress<TaskProgress> Items(string phase, string? setting) =>
        new Taker<TaskProgress>(done => Tell(phase, setting, (double)done.Items / done.TotalItems, null));

    /// <summary>For speed.</summary>
    public IProgress<SpeedProgress> Speed(string phase, string? setting) =>
        new Taker<SpeedProgress>(done => Tell(phase, setting, done.Fraction, done.Remaining));

    /// <summary>What passed since it was asked last, or since the start.</summary>
    public TimeSpan TakeElapsed()
    {
        TimeSpan now = Elapsed, passed = now - _taken;
        _taken = now;
        return passed;
    }

    /// <summary>For quantizing.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="onReport">Called with each report.</param>
    public IProgress<JobProgress> Job(string setting, Action onReport) => new Taker<JobProgress>(done =>
    {
        Tell("quantizing", setting, done.Fraction, done.Remaining);
        onReport();
    });

    private void Tell(string phase, string? setting, double fraction, TimeSpan? remaining) =>
        progress?.Report(new PilotProgress(phase, setting, _step, Math.Max(_step, All), fraction, Elapsed, remaining));

    private sealed class Taker<T>(Action<T> take) : IProgress<T>
    {
        public void Report(T value) => take(value);
    }
}
