using System.Collections.Immutable;
using System.Diagnostics;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>A phase of a job.</summary>
internal enum Phase
{
    Load,
    Generate,
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
    private readonly TimeSpan[] _spent = new TimeSpan[Phases.Length];
    private Phase? _running;
    private long _runningSince;

    /// <summary>All phases.</summary>
    public static ImmutableArray<Phase> Phases { get; } = [.. Enum.GetValues<Phase>()];

    /// <summary>Since the job's start.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Time spent in a phase, up to now if it is running.</summary>
    public TimeSpan Spent(Phase phase) => _spent[(int)phase] + (_running == phase ? Stopwatch.GetElapsedTime(_runningSince) : TimeSpan.Zero);

    /// <summary>Runs <paramref name="work"/> on the account of <paramref name="phase"/>.</summary>
    public T Measure<T>(Phase phase, Func<T> work)
    {
        (_running, _runningSince) = (phase, Stopwatch.GetTimestamp());
        try
        {
            return work();
        }
        finally
        {
            _spent[(int)phase] = Spent(phase);
            _running = null;
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
        Seconds(Phase.Load),
        Seconds(Phase.Generate),
        Seconds(Phase.Forward),
        Seconds(Phase.Hessian),
        Seconds(Phase.Solve),
        Seconds(Phase.Minimise),
        Seconds(Phase.Write),
        Elapsed.TotalSeconds);

    private double Seconds(Phase phase) => Spent(phase).TotalSeconds;
}
