using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>A quantized block, as it is to be stored.</summary>
/// <param name="Parameters">(w, s, z) of its layers, norms and biases.</param>
/// <param name="Report">Losses of its layers and of its training.</param>
internal sealed record QuantizedBlock(BlockParameters Parameters, BlockReport Report);

/// <summary>
/// Quantizes one block: its layers in true-sequential order, each stage running on what the quantized layers before it made, and beside it, where layers make
/// good what that changes, on what the full-precision model made; then, with the integers frozen, the training of s, z and norms against the full-precision
/// block. Layers that are skipped run as they are stored, and stay so.
/// </summary>
internal sealed class BlockQuantizer(JobInput input, PhaseClock clock, ProgressMeter meter, Workers workers)
{
    private readonly WeightReader _weights = input.Weights;
    private readonly ModelPlan _model = input.Plan;
    private readonly QuantizationOptions _options = input.Options;
    private readonly LayerFormats _formats = input.Formats;
    private readonly SolverOptions _solver = input.Solver;
    private readonly JobCost _cost = input.Cost;
    private readonly BlockBuffers _buffers = new();

    // The full-precision model's activations, as far as it has run; null as long as the stream is these.
    private ActivationStore? _dense;

    // What a block in full precision makes of its own inputs in the stream.
    private ActivationStore? _taught;

    /// <summary>Quantizes a block; the stream stays as it is.</summary>
    /// <param name="block">Its number, from 0.</param>
    /// <param name="stream">The block's inputs.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">A weight is missing or damaged, or a layer cannot be solved.</exception>
    public QuantizedBlock Run(int block, CalibrationStream stream, CancellationToken cancellationToken)
    {
        bool corrects = _cost.Corrects(block);
        if (!corrects)
        {
            RunInFullPrecision(block, stream, cancellationToken);
        }
        ResidentMemory.Trim();
        (BlockParameters parameters, List<LayerReport> layers) = SolveLayers(block, stream, cancellationToken);
        if (corrects)
        {
            // Not before: its layers were held against what enters it.
            ResidentMemory.Trim();
            RunInFullPrecision(block, stream, cancellationToken);
            ResidentMemory.Trim();
        }
        BlockTrainingReport? training = null;
        if (_cost.Trains(block))
        {
            (parameters, training) = Train(block, stream, _cost.RunsTeacher(block) ? _taught! : _dense!, parameters, cancellationToken);
        }
        ResidentMemory.Trim();
        return new QuantizedBlock(parameters, new BlockReport(layers, training));
    }

    /// <summary>Passes over a block that is finished; the stream stays as it is.</summary>
    public void Skip(int block, CalibrationStream stream, CancellationToken cancellationToken)
    {
        if (_cost.Continues(block))
        {
            RunDense(block, ReadDense(block), stream, cancellationToken);
        }
    }

    /// <summary>Replaces the stream by the block's outputs, with the weights that <paramref name="stored"/> holds.</summary>
    public void Advance(int block, WeightReader stored, CalibrationStream stream, CancellationToken cancellationToken)
    {
        BlockPlan plan = _model.Blocks[block];
        BlockWeights bound = clock.Measure(Phase.Load, () => BlockWeights.Read(stored, plan, _model.BlockPrefix(block), Kernel));
        RunBlock(plan, bound, stream, stream.Inputs, stream.Inputs, cancellationToken);
    }

    private SlabKernel Kernel(WeightMatrix stored)
    {
        workers.Cancellation.ThrowIfCancellationRequested();
        return LinearKernel.For(stored);
    }

    private BlockRunner Runner(BlockPlan plan) => new(plan, workers);

    private void RunInFullPrecision(int block, CalibrationStream stream, CancellationToken cancellationToken)
    {
        if (_cost.RunsTeacher(block))
        {
            _taught ??= stream.Allocate();
            RunBlock(_model.Blocks[block], ReadDense(block), stream, stream.Inputs, _taught, cancellationToken);
        }
        if (_cost.RunsDense(block))
        {
            RunDense(block, ReadDense(block), stream, cancellationToken);
        }
    }

    private BlockWeights ReadDense(int block) =>
        clock.Measure(Phase.Load, () => BlockWeights.Read(_weights, _model.Blocks[block], _model.BlockPrefix(block), Kernel));

    private void RunDense(int block, BlockWeights weights, CalibrationStream stream, CancellationToken cancellationToken)
    {
        ActivationStore inputs = _dense ?? stream.Inputs;
        _dense ??= stream.Allocate();
        RunBlock(_model.Blocks[block], weights, stream, inputs, _dense, cancellationToken);
    }

    private void RunBlock(
        BlockPlan plan, BlockWeights bound, CalibrationStream stream, ActivationStore inputs, ActivationStore outputs, CancellationToken cancellationToken)
    {
        meter.Report(Phase.Forward);
        double sequence = _cost.Forward(plan, .., sequences: 1);
        clock.Measure(
            Phase.Forward,
            () => stream.Run(plan, Runner(plan), bound, _buffers, inputs, outputs, () => meter.Advance(Phase.Forward, sequence), cancellationToken));
    }

    private (BlockParameters Parameters, List<LayerReport> Reports) SolveLayers(
        int block, CalibrationStream stream, CancellationToken cancellationToken)
    {
        BlockPlan plan = _model.Blocks[block];
        string prefix = _model.BlockPrefix(block);
        var bound = new BlockWeights(plan);
        Dictionary<OwnedTensor, StoredVector> vectors = clock.Measure(Phase.Load, () => plan.Tensors.Where(t => t.Kind != TensorKind.Matrix)
            .ToDictionary(t => t, t => new StoredVector(_weights.Vector(prefix, t), _weights.Type(prefix + t.Name))));
        foreach (Operation operation in plan.Operations)
        {
            bound.Set(operation, [.. operation.Vectors.Select(Bound)]);
        }
        var layers = new Dictionary<LinearOperation, LayerSolution>();
        var reports = new List<LayerReport>();
        BlockWeights? dense = _cost.Corrects(block) ? ReadDense(block) : null;
        foreach (BlockStage stage in BlockStage.Of(plan))
        {
            (LinearOperation Layer, QuantizationFormat Format)[] solved = [.. Quantized(block, stage)];
            if (solved.Length > 0)
            {
                SolveStage(block, stage, solved, bound, dense, stream, layers, reports, cancellationToken);
            }
            foreach (LinearOperation layer in stage.Layers)
            {
                WeightMatrix stored = layers.TryGetValue(layer, out LayerSolution? solution)
                    ? PackedLayer.Pack(solution, layer.Output.Width, layer.Input.Width)
                    : clock.Measure(Phase.Load, () => _weights.Weight(prefix, layer));
                bound.Set(layer, new LinearLayer(Kernel(stored), layer.Vectors.Select(Bound).FirstOrDefault()));
            }
            ResidentMemory.Trim();
        }
        return (new BlockParameters { Layers = layers, Vectors = vectors }, reports);

        float[] Bound(OwnedTensor tensor) => tensor.FromStored(vectors[tensor].Values);
    }

    private void SolveStage(
        int block,
        BlockStage stage,
        (LinearOperation Layer, QuantizationFormat Format)[] solved,
        BlockWeights bound,
        BlockWeights? dense,
        CalibrationStream stream,
        Dictionary<LinearOperation, LayerSolution> layers,
        List<LayerReport> reports,
        CancellationToken cancellationToken)
    {
        string prefix = _model.BlockPrefix(block);
        (LayerHessian hessian, StreamGap? gap) = RunStage(block, stage, bound, dense, stream, cancellationToken);
        ResidentMemory.Trim();
        string first = prefix + solved[0].Layer.Module;
        meter.Report(Phase.Solve, first);
        PreparedHessian prepared = clock.Measure(Phase.Solve, () => PreparedHessian.Create(hessian, _solver, workers, first, gap));
        meter.Advance(Phase.Solve, _cost.Prepare(stage.LayerInput.Width));
        ResidentMemory.Trim();
        foreach ((LinearOperation layer, QuantizationFormat format) in solved)
        {
            layers[layer] = SolveLayer(prefix, layer, format, hessian, prepared, cancellationToken);
            reports.Add(new LayerReport(prefix + layer.Module, layers[layer].Loss, layers[layer].RelativeLoss));
            ResidentMemory.Trim();
        }
    }

    private IEnumerable<(LinearOperation Layer, QuantizationFormat Format)> Quantized(int block, BlockStage stage)
    {
        foreach (LinearOperation layer in stage.Layers)
        {
            if (_formats.Of(block, layer) is QuantizationFormat format)
            {
                yield return (layer, format);
            }
        }
    }

    private (LayerHessian Hessian, StreamGap? Gap) RunStage(
        int block, BlockStage stage, BlockWeights bound, BlockWeights? dense, CalibrationStream stream, CancellationToken cancellationToken)
    {
        meter.Report(Phase.Forward);
        BlockPlan plan = _model.Blocks[block];
        PlanValue layerInput = stage.LayerInput;
        int numbers = stream.Tokens * layerInput.Width;
        var accumulator = new HessianAccumulator(layerInput.Width, workers, withGap: dense is not null);
        float[] denseRows = dense is null ? [] : new float[numbers];
        BlockRunner runner = Runner(plan);
        double forward = _cost.ForwardStage(plan, stage.Operations, block, sequences: 1), added = _cost.Hessian(layerInput.Width, block) / stream.Calibration;
        for (int sequence = 0; sequence < stream.Calibration; sequence++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            clock.Measure(Phase.Forward, () =>
            {
                if (dense is not null)
                {
                    RunTo(_dense ?? stream.Inputs, dense).CopyTo(denseRows);
                }
                RunTo(stream.Inputs, bound);
            });
            clock.Measure(Phase.Hessian, () => accumulator.Add(_buffers.Rows(layerInput, stream.Tokens).AsSpan(0, numbers), denseRows));
            meter.Advance(Phase.Forward, forward);
            meter.Advance(Phase.Hessian, added);

            Span<float> RunTo(ActivationStore inputs, BlockWeights weights)
            {
                inputs.Read(sequence, _buffers.Rows(plan.Input, stream.Tokens));
                runner.Run(stage.Operations, weights, _buffers, stream.Tokens);
                return _buffers.Rows(layerInput, stream.Tokens).AsSpan(0, numbers);
            }
        }
        return clock.Measure(Phase.Hessian, () => (accumulator.Build(), dense is null ? null : accumulator.BuildGap()));
    }

    private LayerSolution SolveLayer(
        string prefix, LinearOperation layer, QuantizationFormat format, LayerHessian hessian, PreparedHessian prepared, CancellationToken cancellationToken)
    {
        string name = prefix + layer.Module;
        meter.Report(Phase.Solve, name);
        float[] dense = clock.Measure(Phase.Load, () => Dense(prefix, layer));
        var problem = new LayerProblem(name, layer.Output.Width, layer.Input.Width, dense, hessian, format);
        LayerSolution solution = clock.Measure(Phase.Solve, () =>
        {
            if (prepared.Correction is not null)
            {
                AsymmetricTarget.Move(dense, problem.Outputs, prepared, _solver.AsymmetricTarget, workers, cancellationToken);
            }
            return LayerSolver.Solve(problem, prepared, _solver, workers, cancellationToken);
        });
        meter.Advance(Phase.Solve, _cost.Solve(layer, format));
        return solution;
    }

    private float[] Dense(string prefix, LinearOperation layer)
    {
        WeightMatrix stored = _weights.Weight(prefix, layer);
        var elements = new float[checked(stored.Rows * stored.Columns)];
        stored.DequantizeRows(0, stored.Rows, elements);
        return elements;
    }

    private (BlockParameters Parameters, BlockTrainingReport Report) Train(
        int block, CalibrationStream stream, ActivationStore targets, BlockParameters start, CancellationToken cancellationToken)
    {
        BlockPlan plan = _model.Blocks[block];
        string prefix = _model.BlockPrefix(block);
        meter.Report(Phase.Minimise);
        var problem = new BlockTrainingProblem
        {
            Name = prefix.TrimEnd('.'),
            Plan = plan,
            Start = start,
            Frozen = clock.Measure(Phase.Load, () => plan.Linears.Where(layer => !start.Layers.ContainsKey(layer))
                .ToDictionary(layer => layer, layer => _weights.Weight(prefix, layer))),
            Training = new BlockSamples(stream, targets, 0, stream.Calibration),
            Dense = layer => clock.Measure(Phase.Load, () => Dense(prefix, layer)),
            OrderSeed = unchecked(_options.Seed + (ulong)block),
            HeldOut = new BlockSamples(stream, targets, stream.Calibration, stream.HeldOut),
        };
        double step = _cost.TrainingStep(plan);
        var progress = new SynchronousProgress<BlockTrainingProgress>(_ => meter.Advance(Phase.Minimise, step));
        BlockTrainingResult result = clock.Measure(
            Phase.Minimise, () => BlockMinimisation.Run(problem, _options.Minimisation, workers, progress, cancellationToken));
        meter.Advance(Phase.Minimise, _cost.HeldOut(plan));
        return (result.Parameters, result.Report);
    }

    private sealed class SynchronousProgress<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
