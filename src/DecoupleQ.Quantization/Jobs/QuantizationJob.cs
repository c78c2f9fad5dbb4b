using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels;
using DecoupleQ.Models;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>
/// Quantizes a model block by block into a packed folder. A finished block is on the disk and in the journal before the next begins; what flows into the
/// next is computed with the block as it was stored, so that a resumed job gives the same bytes as one that was never interrupted.
/// </summary>
public sealed class QuantizationJob
{
    private const int DefaultContext = 2048;
    private const int DefaultSamples = 128;

    private readonly QuantizationOptions _options;
    private readonly LayerFormats _formats;
    private readonly SolverOptions _solver;
    private readonly MemoryShares _shares;
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
        _formats = new LayerFormats(_plan, options);
        JobChecks.Check(options, _plan, _formats, checkpoint.ConfigFile);
        _shares = MemoryShares.Of(options.MemoryBudget, _plan);
        _solver = options.Solver with { FloatStepMemory = _shares.FloatStep };
    }

    private int Blocks => Math.Min(_options.Blocks ?? int.MaxValue, _plan.Blocks.Length);

    /// <summary>Runs the job. The output folder appears only when it is whole; until then <c>OUT.partial</c> holds the finished blocks.</summary>
    /// <param name="options">What, with what, where to.</param>
    /// <param name="progress">Told as the job advances.</param>
    /// <param name="cancellationToken">Ends the job; it can be resumed if a block was finished.</param>
    /// <exception cref="DecoupleQException">The input or an option cannot be used, or the disk is full; it says which and why.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static QuantizationReport Run(QuantizationOptions options, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        JobChecks.CheckRanges(options);
        var clock = new PhaseClock();
        using Checkpoint checkpoint = Checkpoint.Open(options.Model, TensorAccess.Read);
        using var workers = new Workers(options.Threads == 0 ? Environment.ProcessorCount : options.Threads);
        var job = new QuantizationJob(options, checkpoint, workers, clock, progress);
        CalibrationWindows windows = clock.Measure(Phase.Load, job.LoadWindows);
        using OutputFolder output = OutputFolder.Create(options.Output, options.Model, options.Force, options.Resume);
        QuantizationReport report = job.Run(windows, output.Partial, cancellationToken);
        output.Commit();
        return report with { Seconds = clock.ToSeconds(), PeakMemoryBytes = ResidentMemory.Peak() };
    }

    private CalibrationWindows LoadWindows()
    {
        bool table = _options.Calibration is [string file] && Path.GetExtension(file) == ".safetensors";
        int heldOut = _options.Minimisation.Epochs > 0 ? _options.HeldOutSamples : 0;
        CalibrationWindows windows = table
            ? CalibrationWindows.FromTensor(_options.Calibration[0], _plan.VocabularySize, _options.Samples, heldOut)
            : CalibrationWindows.FromTexts(
                _options.Calibration,
                Tokenizer.Load(_options.Model),
                _options.Samples ?? DefaultSamples,
                heldOut,
                _options.Context ?? Math.Min(DefaultContext, _plan.ContextLength),
                _options.Seed);
        return JobChecks.Check(windows, _options, _plan);
    }

    private QuantizationReport Run(CalibrationWindows windows, string folder, CancellationToken cancellationToken)
    {
        var writer = new ModelFolderWriter(folder, _plan.Blocks.Length + 1);
        var contents = new FolderContents(_checkpoint, _plan, _options, _formats);
        var cost = new JobCost(windows.Ids.Length, windows.HeldOut.Length, windows.Context, _solver, _options.Minimisation.Epochs, _formats);
        var meter = new ProgressMeter(Enumerable.Range(0, Blocks).Sum(block => cost.Block(_plan.Blocks[block], block)), Blocks, _clock, _progress);

        meter.Report(Phase.Load);
        Journal journal = _clock.Measure(Phase.Load, () => OpenJournal(windows, folder, cancellationToken));
        if (journal.Blocks.Count == 0)
        {
            _clock.Measure(Phase.Write, () => writer.WriteShard(0, contents.OutsideBlocks(cancellationToken), cancellationToken));
        }
        using var memory = new ActivationMemory(_shares.Activations, folder);
        CalibrationStream stream = _clock.Measure(Phase.Load, () => Embed(windows, memory));
        var quantizer = new BlockQuantizer(_weights, _plan, _options, _formats, _solver, cost, _clock, meter, _workers);
        for (int block = 0; block < Blocks; block++)
        {
            meter.Block = block + 1;
            if (block >= journal.Blocks.Count)
            {
                QuantizedBlock quantized = quantizer.Run(block, stream, cancellationToken);
                meter.Report(Phase.Write);
                _clock.Measure(Phase.Write, () => writer.WriteShard(block + 1, contents.Block(block, quantized.Parameters), cancellationToken));
                journal.Blocks.Add(quantized.Report);
                journal.Write(folder);
            }
            if (block < Blocks - 1)
            {
                using Checkpoint stored = OpenShard(writer.ShardPath(block + 1), contents, windows);
                quantizer.Advance(block, new WeightReader(stored), stream, cancellationToken);
            }
        }
        return _clock.Measure(Phase.Write, () => Finish(writer, contents, windows, journal, folder, cancellationToken));
    }

    private Journal OpenJournal(CalibrationWindows windows, string folder, CancellationToken cancellationToken)
    {
        SortedDictionary<string, string> fingerprint = Fingerprint.Of(_checkpoint, windows, _options, cancellationToken);
        Journal? found = _options.Resume ? Journal.Read(folder) : null;
        found?.CheckSame(fingerprint, Blocks, folder);
        return found ?? new Journal(fingerprint, []);
    }

    private static Checkpoint OpenShard(string path, FolderContents contents, CalibrationWindows windows) =>
        new(path, SafetensorsFile.Open(path, TensorAccess.Read), contents.Config(windows), path);

    private QuantizationReport Finish(
        ModelFolderWriter writer, FolderContents contents, CalibrationWindows windows, Journal journal, string folder, CancellationToken cancellationToken)
    {
        for (int block = Blocks; block < _plan.Blocks.Length; block++)
        {
            writer.WriteShard(block + 1, contents.DenseBlock(block), cancellationToken);
        }
        IReadOnlyList<TensorInfo> tensors = writer.WriteIndex();
        contents.Finish(writer, windows, journal.Blocks);
        Journal.Delete(folder);
        return new QuantizationReport(
            _options.Output,
            contents.BitsPerWeight(tensors),
            _clock.ToSeconds(),
            ResidentMemory.Peak(),
            _checkpoint.Tensors.Values.Sum(t => t.ByteLength),
            tensors.Sum(t => t.ByteLength),
            journal.Blocks);
    }

    private CalibrationStream Embed(CalibrationWindows windows, ActivationMemory memory)
    {
        var stream = new CalibrationStream(windows.Ids.Length, windows.HeldOut.Length, windows.Context, _plan.Width, memory);
        WeightMatrix embedding = _weights.Matrix(_plan.Embedding, _plan.VocabularySize, _plan.Width);
        var rows = new float[windows.Context * _plan.Width];
        foreach ((int i, int[] ids) in windows.Ids.Concat(windows.HeldOut).Index())
        {
            for (int t = 0; t < ids.Length; t++)
            {
                embedding.DequantizeRows(ids[t], 1, rows.AsSpan(t * _plan.Width));
            }
            stream.Inputs.Write(i, rows);
        }
        return stream;
    }
}
