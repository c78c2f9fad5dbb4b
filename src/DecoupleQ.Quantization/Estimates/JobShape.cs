using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Estimates;

/// <summary>What a job is estimated from: the shapes of a model and what is done with it, without its weights.</summary>
internal sealed record JobShape
{
    public required ModelPlan Plan { get; init; }

    public required QuantizationOptions Options { get; init; }

    public required LayerFormats Formats { get; init; }

    public required SolverOptions Solver { get; init; }

    public required MemoryShares Shares { get; init; }

    /// <summary>The work on it.</summary>
    public required JobCost Cost { get; init; }

    /// <summary>Calibration sequences.</summary>
    public required int Calibration { get; init; }

    /// <summary>Sequences held out.</summary>
    public required int HeldOut { get; init; }

    /// <summary>Of both, those that the model writes itself.</summary>
    public int SelfWritten { get; init; }

    /// <summary>Bytes of the longest stretch of calibration text that is held as a whole.</summary>
    public long LongestStretch { get; init; }

    /// <summary>Tokens of a sequence.</summary>
    public required int Tokens { get; init; }

    /// <summary>Bytes in memory of a weight as it is stored.</summary>
    public required int WeightBytes { get; init; }

    public int Threads => Workers.CountFor(Options.Threads);

    /// <summary>Blocks that are quantized, from the first on.</summary>
    public int Blocks => Formats.Blocks;

    /// <summary>The shape of a job whose input is at hand.</summary>
    public static JobShape Of(JobInput input) => new()
    {
        Plan = input.Plan,
        Options = input.Options,
        Formats = input.Formats,
        Solver = input.Solver,
        Shares = input.Shares,
        Cost = input.Cost,
        Calibration = input.Windows.Ids.Length,
        HeldOut = input.Windows.HeldOut.Length,
        SelfWritten = input.Windows.Unwritten.Count,
        LongestStretch = input.Windows.LongestStretch,
        Tokens = input.Windows.Context,
        // In memory, weights of blocks are as they are stored, or decoded to float32 where a GGUF file has them in blocks of its own.
        WeightBytes = input.Checkpoint.Tensors.Values.Where(t => t.Shape.Count == 2).Max(t => t.BlockFormat is null ? t.Type.Size() : sizeof(float)),
    };
}
