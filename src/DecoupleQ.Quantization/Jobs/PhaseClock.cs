using System.Diagnostics;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>A phase of a job.</summary>
internal enum Phase
{
    Load,
    Forward,
    Hessian,
    Solve,
    Minimise,
    Write,
}

/// <summary>Adds up the time that each phase takes.</summary>
internal sealed class PhaseClock
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly TimeSpan[] _spent = new TimeSpan[Enum.GetValues<Phase>().Length];

    /// <summary>Since the job's start.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Runs <paramref name="work"/> on the account of <paramref name="phase"/>.</summary>
    public T Measure<T>(Phase phase, Func<T> work)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            return work();
        }
        finally
        {
            _spent[(int)phase] += Stopwatch.GetElapsedTime(start);
        }
    }

    /// <inheritdoc cref="Measure{T}(Phase, Func{T})"/>
    public void Measure(Phase phase, Action work) => Measure(phase, () =>
    {
        work();
        return 0;
    });

    /// <summary>The accounts.</summary>
    public PhaseSeconds ToSeconds() => new(
        Seconds(Phase.Load), Seconds(Phase.Forward), Seconds(Phase.Hessian), Seconds(Phase.Solve), Seconds(Phase.Minimise), Seconds(Phase.Write), Elapsed.TotalSeconds);

    private double Seconds(Phase phase) => _spent[(int)phase].TotalSeconds;
}
