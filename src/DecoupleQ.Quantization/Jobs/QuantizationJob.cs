using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels;
using DecoupleQ.Models;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>Quantizes a model block by block into a packed folder.</summary>
public sealed class QuantizationJob
{
    private const int DefaultContext = 2048;
    private const int DefaultSamples = 128;

    private readonly QuantizationOptions _options;
    private readonly SolverOptions _solver = new();
    private readonly Checkpoint _checkpoint;
    private readonly ModelPlan _plan;
    private readonly WeightReader _weights;
    private readonly Workers _workers;
    private readonly PhaseClock _clock;
    private readonly IProgress<JobProgress>? _progress;

    private QuantizationJob(QuantizationOptions options, Checkpoint checkpoint, Workers workers, PhaseClock clock, IProgress<JobProgress>? progress)
    {
        _options = options;
        _checkpoint = checkpoint;
        _workers = workers;
        _clock = clock;
        _progress = progress;
        _plan = Architecture.Plan(checkpoint.ConfigSection);
        _weights = new WeightReader(checkpoint);
        _weights.CheckAllOwned(_plan);
        JobChecks.Check(options, _plan, checkpoint.ConfigFile);
    }

    private int Blocks => Math.Min(_options.Blocks ?? int.MaxValue, _plan.Blocks.Length);

    /// <summary>Runs the job. The output folder appears only when it is whole.</summary>
    /// <param name="options">What, with what, where to.</param>
    /// <param name="progress">Told as the job advances.</param>
    /// <param name="cancellationToken">Ends the job; nothing that looks whole is left.</param>
    /// <exception cref="DecoupleQException">The input or an option cannot be used; it says which and why.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static QuantizationReport Run(QuantizationOptions options, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var clock = new PhaseClock();
        using Checkpoint checkpoint = Checkpoint.Open(options.Model, TensorAccess.Read);
        using var workers = new Workers(options.Threads == 0 ? Environment.ProcessorCount : options.Threads);
        var job = new QuantizationJob(options, checkpoint, workers, clock, progress);
        CalibrationWindows windows = clock.Measure(Phase.Load, job.LoadWindows);
        using OutputFolder output = OutputFolder.Create(options.Output, options.Model, options.Force);
        QuantizationReport report = job.Run(windows, output.Partial, cancellationToken);
        output.Commit();
        return report with { Seconds = clock.ToSeconds(), PeakMemoryBytes = ResidentMemory.Peak() };
    }

    private CalibrationWindows LoadWindows()
    {
        bool table = _options.Calibration is [string file] && Path.GetExtension(file) == ".safetensors";
        CalibrationWindows windows = table
            ? CalibrationWindows.FromTensor(_options.Calibration[0], _plan.VocabularySize)
            : CalibrationWindows.FromTexts(
                _options.Calibration,
                Tokenizer.Load(_options.Model),
                _options.Samples ?? DefaultSamples,
                _options.Context ?? Math.Min(DefaultContext, _plan.ContextLength),
                _options.Seed);
        return JobChecks.Check(windows, _options, _plan);
    }

    private QuantizationReport Run(CalibrationWindows windows, string folder, CancellationToken cancellationToken)
    {
        var writer = new ModelFolderWriter(folder, _plan.Blocks.Length + 1);
        var cost = new JobCost(windows.Tokens, _solver.ShrinkSteps);
        var meter = new ProgressMeter(_plan.Blocks.Take(Blocks).Sum(b => cost.Block(b, windows.Context)), Blocks, _clock, _progress);
        var contents = new FolderContents(_checkpoint, _plan, _options);

        meter.Report(Phase.Load);
        BlockActivations activations = Embed(windows);
        _clock.Measure(Phase.Write, () => writer.WriteShard(contents.OutsideBlocks(cancellationToken), cancellationToken));
        var quantizer = new BlockQuantizer(_weights, _options.Format, _solver, cost, _clock, meter, _workers);
        for (int block = 0; block < _plan.Blocks.Length; block++)
        {
            IReadOnlyList<TensorPayload> tensors;
            if (block < Blocks)
            {
                meter.Block = block + 1;
                QuantizedBlock quantized = quantizer.Run(_plan.Blocks[block], _plan.BlockPrefix(block), _plan.Rotary, activations, cancellationToken);
                tensors = contents.Block(block, quantized);
            }
            else
            {
                tensors = contents.DenseBlock(block);
            }
            meter.Report(Phase.Write);
            _clock.Measure(Phase.Write, () => writer.WriteShard(tensors, cancellationToken));
        }
        _clock.Measure(Phase.Write, () => contents.Finish(writer, windows));
        return new QuantizationReport(
            _options.Output,
            contents.BitsPerWeight(writer.StoredBits),
            _clock.ToSeconds(),
            ResidentMemory.Peak(),
            _checkpoint.Tensors.Values.Sum(t => t.ByteLength),
            writer.StoredBits / 8,
            contents.Layers);
    }

    private BlockActivations Embed(CalibrationWindows windows) => _clock.Measure(Phase.Load, () =>
    {
        var activations = new BlockActivations(windows.Ids.Length, windows.Context);
        ActivationStore store = activations.Create(_plan.Blocks[0].Input);
        WeightMatrix embedding = _weights.Matrix(_plan.Embedding, _plan.VocabularySize, _plan.Width);
        var rows = new float[windows.Context * _plan.Width];
        for (int i = 0; i < windows.Ids.Length; i++)
        {
            for (int t = 0; t < windows.Context; t++)
            {
                embedding.DequantizeRows(windows.Ids[i][t], 1, rows.AsSpan(t * _plan.Width));
            }
            store.Write(i, rows);
        }
        return activations;
    });
}
