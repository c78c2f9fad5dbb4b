using DecoupleQ.Kernels;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>A block with all its layers solved.</summary>
/// <param name="Layers">Each layer's module path in the block, and what is stored for it.</param>
/// <param name="Reports">Each layer's losses, in the order solved, by full path.</param>
internal sealed record QuantizedBlock(IReadOnlyList<(LinearOperation Operation, AffineMatrix Matrix)> Layers, IReadOnlyList<LayerReport> Reports);

/// <summary>
/// Quantizes one block in true-sequential order: each stage runs on what the quantized layers before it made, its layers' shared H is accumulated, and the
/// layers are solved and take part in the next stage as they are stored.
/// </summary>
internal sealed class BlockQuantizer(
    WeightReader weights, QuantizationFormat format, SolverOptions solver, JobCost cost, PhaseClock clock, ProgressMeter meter, Workers workers)
{
    private readonly BlockBuffers _buffers = new();

    /// <summary>Quantizes a block and replaces the activations by its outputs.</summary>
    /// <param name="plan">The block.</param>
    /// <param name="prefix">What its modules stand under.</param>
    /// <param name="rotary">Angles of the rotary embedding.</param>
    /// <param name="activations">The block's inputs, afterwards its outputs, of every calibration sequence.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">A weight is missing or damaged, or a layer cannot be solved.</exception>
    public QuantizedBlock Run(BlockPlan plan, string prefix, RotaryEmbedding rotary, BlockActivations activations, CancellationToken cancellationToken)
    {
        var bound = new BlockWeights(plan);
        foreach (RmsNormOperation norm in plan.Operations.OfType<RmsNormOperation>())
        {
            bound.Set(norm, clock.Measure(Phase.Load, () => weights.Norm(prefix + norm.Module, norm.Size)));
        }
        var runner = new BlockRunner(plan, rotary, workers);
        var layers = new List<(LinearOperation, AffineMatrix)>();
        var reports = new List<LayerReport>();
        foreach (BlockStage stage in BlockStage.Of(plan))
        {
            HessianAccumulator? accumulator = stage.LayerInput is PlanValue input ? new(input.Width, workers) : null;
            RunStage(plan, stage, runner, bound, activations, accumulator, cancellationToken);
            if (accumulator is null)
            {
                continue;
            }
            string first = prefix + stage.Layers[0].Module;
            meter.Report(Phase.Solve, first);
            LayerHessian hessian = clock.Measure(Phase.Hessian, accumulator.Build);
            PreparedHessian prepared = clock.Measure(Phase.Solve, () => PreparedHessian.Create(hessian, solver, workers, first));
            foreach (LinearOperation layer in stage.Layers)
            {
                AffineMatrix matrix = SolveLayer(prefix, layer, hessian, prepared, reports, cancellationToken);
                layers.Add((layer, matrix));
                bound.Set(layer, new LinearLayer(LinearKernel.For(matrix), clock.Measure(Phase.Load, () => weights.Bias(prefix, layer))));
            }
        }
        return new QuantizedBlock(layers, reports);
    }

    private void RunStage(
        BlockPlan plan, BlockStage stage, BlockRunner runner, BlockWeights bound, BlockActivations activations, HessianAccumulator? accumulator, CancellationToken cancellationToken)
    {
        meter.Report(Phase.Forward);
        double forward = cost.Forward(plan, stage.Operations, activations.Tokens) / activations.Sequences;
        double hessian = stage.LayerInput is PlanValue width ? cost.Hessian(width.Width) / activations.Sequences : 0;
        activations.Prepare(stage);
        for (int sequence = 0; sequence < activations.Sequences; sequence++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            clock.Measure(Phase.Forward, () =>
            {
                activations.Load(stage, sequence, _buffers);
                runner.Run(stage.Operations, bound, _buffers, activations.Tokens);
                activations.Save(stage, sequence, _buffers);
            });
            if (stage.LayerInput is PlanValue input)
            {
                ReadOnlyMemory<float> rows = _buffers.Rows(input, activations.Tokens).AsMemory(0, activations.Tokens * input.Width);
                clock.Measure(Phase.Hessian, () => accumulator!.Add(rows.Span));
            }
            meter.Advance(forward + hessian);
        }
        activations.Complete(stage);
    }

    private AffineMatrix SolveLayer(
        string prefix, LinearOperation layer, LayerHessian hessian, PreparedHessian prepared, List<LayerReport> reports, CancellationToken cancellationToken)
    {
        string name = prefix + layer.Module;
        meter.Report(Phase.Solve, name);
        WeightMatrix stored = clock.Measure(Phase.Load, () => weights.Weight(prefix, layer));
        return clock.Measure(Phase.Solve, () =>
        {
            var dense = new float[checked(stored.Rows * stored.Columns)];
            stored.DequantizeRows(0, stored.Rows, dense);
            LayerSolution solution = LayerSolver.Solve(
                new LayerProblem(name, stored.Rows, stored.Columns, dense, hessian, format), prepared, solver, workers, cancellationToken);
            meter.Advance(cost.Solve(layer));
            reports.Add(new LayerReport(name, solution.Loss, solution.RelativeLoss));
            return PackedLayer.Pack(solution, stored.Rows, stored.Columns);
        });
    }
}
