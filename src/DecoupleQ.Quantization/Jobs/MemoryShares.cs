using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>How a memory budget is shared out.</summary>
/// <param name="FloatStep">Bytes for the solver's normal equations.</param>
/// <param name="Activations">Bytes for activations in memory.</param>
/// <param name="KeyValues">Bytes for keys and values where the model writes its own calibration text, before all else.</param>
/// <param name="Text">Bytes for the ids of calibration texts while windows are drawn from them, before that.</param>
internal sealed record MemoryShares(long FloatStep, long Activations, long KeyValues, long Text)
{
    private const long LeastText = 1 << 20;
    private const long MostText = 256L << 20;

    private const long LeastFloatStep = 1 << 20;
    private const long MostFloatStep = 64L << 20;

    /// <summary>The shares of <paramref name="budget"/>; without one, all activations stay in memory.</summary>
    /// <exception cref="DecoupleQException">The budget is smaller than what the largest layer's Hessian and its factors take.</exception>
    public static MemoryShares Of(long? budget, ModelPlan plan)
    {
        if (budget is not long bytes)
        {
            return new MemoryShares(MostFloatStep, long.MaxValue, SelfWrittenText.KeyValueBytes, MostText);
        }
        long hessian = HessianBytes(plan), floatStep = Math.Clamp(bytes / 8, LeastFloatStep, MostFloatStep);
        return bytes >= hessian + floatStep
            ? new MemoryShares(
                floatStep, bytes - hessian - floatStep, Math.Min(bytes, SelfWrittenText.KeyValueBytes), Math.Clamp(bytes / 8, LeastText, MostText))
            : throw new DecoupleQException(
                $"The budget is {bytes} bytes.",
                field: "memory-budget",
                expected: $"at least {hessian + floatStep} bytes, for the largest layer's Hessian");
    }

    /// <summary>Bytes of a Hessian being accumulated (slab, product, sums) or prepared (float64 work, three float32 forms), for the widest input.</summary>
    public static long HessianBytes(ModelPlan plan)
    {
        long n = plan.Blocks.SelectMany(b => b.Linears).Max(l => l.Input.Width);
        return (HessianAccumulator.SlabRows * n * sizeof(float)) + (n * n * ((2 * sizeof(double)) + (3 * sizeof(float))));
    }
}
