using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Solver;

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
    /// <param name="budget">Bytes; null for no bound.</param>
    /// <param name="plan">The model.</param>
    /// <param name="solver">How layers are solved.</param>
    /// <exception cref="DecoupleQException">The budget is smaller than what the largest layer's Hessian and its factors take.</exception>
    public static MemoryShares Of(long? budget, ModelPlan plan, SolverOptions solver)
    {
        if (budget is not long bytes)
        {
            return new MemoryShares(MostFloatStep, long.MaxValue, SelfWrittenText.KeyValueBytes, MostText);
        }
        long hessian = HessianBytes(plan, solver), floatStep = Math.Clamp(bytes / 8, LeastFloatStep, MostFloatStep);
        return bytes >= hessian + floatStep
            ? new MemoryShares(
                floatStep, bytes - hessian - floatStep, Math.Min(bytes, SelfWrittenText.KeyValueBytes), Math.Clamp(bytes / 8, LeastText, MostText))
            : throw new DecoupleQException(
                $"The budget is {bytes} bytes.",
                field: "memory-budget",
                expected: $"at least {hessian + floatStep} bytes, for the largest layer's Hessian");
    }

    /// <summary>
    /// Bytes of a Hessian being accumulated (slab, product, sums) or prepared (float64 work, three float32 forms), for the widest input; of the gap to the
    /// full-precision model's inputs, where it counts, a slab and sums as well.
    /// </summary>
    public static long HessianBytes(ModelPlan plan, SolverOptions solver)
    {
        long n = plan.Blocks.SelectMany(b => b.Linears).Max(l => l.Input.Width);
        long bytes = (HessianAccumulator.SlabRows * n * sizeof(float)) + (n * n * ((2 * sizeof(double)) + (3 * sizeof(float))));
        return bytes + (solver.AsymmetricTarget > 0 ? HessianAccumulator.GapBytes((int)n) : 0);
    }
}
