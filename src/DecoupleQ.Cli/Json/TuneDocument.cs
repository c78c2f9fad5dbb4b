using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Tuning;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>tune --json</c> prints.</summary>
/// <param name="Output">The folder written.</param>
/// <param name="Steps">Steps made.</param>
/// <param name="Best">The step after which the model was best, and as which it is stored; 0 if training did not help.</param>
/// <param name="HeldOutBefore">The held-out loss before training; nats.</param>
/// <param name="HeldOutAfter">The held-out loss of what is stored; nats.</param>
/// <param name="Checks">Every look at the held-out windows.</param>
/// <param name="ChangedIntegers">Integers that are others than before.</param>
/// <param name="Integers">Integers in all.</param>
/// <param name="Windows">Windows trained on.</param>
/// <param name="HeldOutWindows">Windows that judged.</param>
/// <param name="Context">Ids of a window.</param>
/// <param name="Seconds">Time of this run.</param>
/// <param name="PeakMemoryBytes">The process's peak resident set.</param>
/// <param name="Warnings">A sentence each.</param>
internal sealed record TuneDocument(
    string Output,
    int Steps,
    int Best,
    double HeldOutBefore,
    double HeldOutAfter,
    IReadOnlyList<TuningCheck> Checks,
    long ChangedIntegers,
    long Integers,
    int Windows,
    int HeldOutWindows,
    int Context,
    double Seconds,
    long PeakMemoryBytes,
    IReadOnlyList<string> Warnings)
{
    public static TuneDocument From(TuningReport report) => new(
        report.Output,
        report.Steps,
        report.Best,
        report.Before.HeldOutLoss,
        report.After.HeldOutLoss,
        report.Checks,
        report.ChangedIntegers,
        report.Integers,
        report.Windows,
        report.HeldOutWindows,
        report.Context,
        report.Seconds,
        report.PeakMemoryBytes,
        report.Warnings);
}
