using DecoupleQ.Models;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>The arithmetic of a job, in multiply-adds: what progress is measured in.</summary>
/// <param name="calibration">Calibration sequences.</param>
/// <param name="heldOut">Sequences held out.</param>
/// <param name="tokens">Tokens of a sequence.</param>
/// <param name="solver">How layers are solved.</param>
/// <param name="epochs">Epochs of block-wise minimisation.</param>
/// <param name="formats">Which layers are quantized.</param>
internal sealed class JobCost(int calibration, int heldOut, int tokens, SolverOptions solver, int epochs, LayerFormats formats)
{
    // Forward, and for each weight two products backward.
    private const int TrainingForwards = 3;

    /// <summary>Running operations over sequences: products of weights and activations, and the scores and sums of attention.</summary>
    public double Forward(BlockPlan plan, Range operations, int sequenceTokens, int sequences)
    {
        double sum = 0;
        foreach (Operation operation in plan.Operations.AsSpan()[operations])
        {
            sum += operation switch
            {
                LinearOperation linear => (double)linear.Input.Width * linear.Output.Width,
                AttentionOperation attention => (double)sequenceTokens * attention.Queries.Width,
                _ => operation.Output.Width,
            };
        }
        return sum * sequenceTokens * sequences;
    }

    /// <summary>Accumulating H: half of a symmetric product.</summary>
    public double Hessian(int inputs) => (double)calibration * tokens * inputs * inputs / 2;

    /// <summary>Solving a layer.</summary>
    public double Solve(LinearOperation layer) =>
        SolverCost.Products(solver, layer.Input.Width) * layer.Output.Width * layer.Input.Width * layer.Input.Width;

    /// <summary>One step of block-wise minimisation.</summary>
    public double TrainingStep(BlockPlan plan, int sequenceTokens) => TrainingForwards * Forward(plan, .., sequenceTokens, 1);

    /// <summary>A whole block, by its number from 0.</summary>
    public double Block(BlockPlan plan, int block)
    {
        double sum = Forward(plan, .., tokens, calibration + heldOut);
        foreach (BlockStage stage in BlockStage.Of(plan))
        {
            LinearOperation[] solved = [.. stage.Layers.Where(layer => formats.Of(block, layer) is not null)];
            if (solved.Length > 0)
            {
                sum += Forward(plan, stage.Operations, tokens, calibration) + Hessian(stage.LayerInput.Width) + solved.Sum(Solve);
            }
        }
        return epochs == 0 || !formats.AnyIn(block) ? sum : sum + Forward(plan, .., tokens, calibration + heldOut) + (epochs * calibration * TrainingStep(plan, tokens));
    }
}
