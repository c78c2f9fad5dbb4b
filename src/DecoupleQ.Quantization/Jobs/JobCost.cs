using DecoupleQ.Models;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>The arithmetic of a job, in multiply-adds: what progress is measured in.</summary>
/// <param name="tokens">Calibration tokens.</param>
/// <param name="shrinkSteps">Candidates of the solver's search for a start.</param>
internal sealed class JobCost(long tokens, int shrinkSteps)
{
    // Beside the search: roundings, float steps and objectives of the alternation, each about one product of B and H.
    private const int AlternationProducts = 16;

    /// <summary>Running a stage: products of weights and activations, and the scores of attention.</summary>
    public double Forward(BlockPlan plan, Range operations, int context)
    {
        double sum = 0;
        foreach (Operation operation in plan.Operations.AsSpan()[operations])
        {
            sum += operation switch
            {
                LinearOperation linear => (double)tokens * linear.Input.Width * linear.Output.Width,
                AttentionOperation attention => (double)tokens * context * attention.Queries.Width,
                _ => (double)tokens * operation.Output.Width,
            };
        }
        return sum;
    }

    /// <summary>Accumulating H: half of a symmetric product.</summary>
    public double Hessian(int inputs) => (double)tokens * inputs * inputs / 2;

    /// <summary>Solving a layer: the search evaluates each candidate with half a product of B and H.</summary>
    public double Solve(LinearOperation layer) =>
        ((shrinkSteps / 2.0) + AlternationProducts) * layer.Output.Width * layer.Input.Width * layer.Input.Width;

    /// <summary>A whole block.</summary>
    public double Block(BlockPlan plan, int context)
    {
        double sum = 0;
        foreach (BlockStage stage in BlockStage.Of(plan))
        {
            sum += Forward(plan, stage.Operations, context) + (stage.LayerInput is PlanValue input ? Hessian(input.Width) : 0) + stage.Layers.Sum(Solve);
        }
        return sum;
    }
}
