using DecoupleQ.Quantization.Tuning;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>What a finished tuning did.</summary>
/// <param name="Output">The folder written.</param>
/// <param name="Steps">Steps made.</param>
/// <param name="Windows">Windows trained on.</param>
/// <param name="HeldOutWindows">Windows that judged.</param>
/// <param name="Context">Ids of a window.</param>
/// <param name="Checks">Looks at the held-out windows, the first before any step.</param>
/// <param name="Best">The step after which the model was best, and as which it is stored; 0 if training did not help.</param>
/// <param name="ChangedIntegers">Integers that are others than before.</param>
/// <param name="Integers">Integers in all.</param>
/// <param name="Seconds">From start to end, of this run.</param>
/// <param name="PeakMemoryBytes">The process's peak resident set.</param>
public sealed record TuningReport(
    string Output,
    int Steps,
    int Windows,
    int HeldOutWindows,
    int Context,
    IReadOnlyList<TuningCheck> Checks,
    int Best,
    long ChangedIntegers,
    long Integers,
    double Seconds,
    long PeakMemoryBytes)
{
    /// <summary>What may not be as it was meant, a sentence each; usually none.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The look before any step.</summary>
    public TuningCheck Before => Checks[0];

    /// <summary>The look at the model as it is stored.</summary>
    public TuningCheck After => Checks.First(check => check.Step == Best);
}

/// <summary>How far a tuning is.</summary>
/// <param name="Phase">What it is doing: load, generate (the dense model writes), dense (it reads the windows), tune, write.</param>
/// <param name="Step">Steps made.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Fraction">Share of the whole job that is done, 0 to 1.</param>
/// <param name="Elapsed">Since the start.</param>
/// <param name="Remaining">Estimated; null until there is something to estimate from.</param>
/// <param name="Loss">The running mean of the training loss; null before the first step.</param>
public sealed record TuningProgress(string Phase, int Step, int Steps, double Fraction, TimeSpan Elapsed, TimeSpan? Remaining, double? Loss)
{
    /// <summary>A look at the held-out windows that has just been taken; else null.</summary>
    public TuningCheck? Check { get; init; }

    /// <summary>In the first report, before any work: what may not be as it was meant, a sentence each; usually none.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
