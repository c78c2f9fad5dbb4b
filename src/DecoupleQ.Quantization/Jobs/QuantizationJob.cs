using System.Runtime.InteropServices;
using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>
/// Quantizes a model block by block into a packed folder. A finished block is on the disk and in the journal before the next begins; what flows into the
/// next is computed with the block as it was stored, so that a resumed job gives the same bytes as one that was never interrupted.
/// </summary>
public sealed class QuantizationJob
{
    private readonly JobInput _input;
    private readonly ModelPlan _plan;
    private readonly Workers _workers;
    private readonly PhaseClock _clock;
    private readonly IProgress<JobProgress>? _progress;

    private QuantizationJob(JobInput input, Workers workers, PhaseClock clock, IProgress<JobProgress>? progress)
    {
        _input = input;
        _plan = input.Plan;
        _workers = workers;
        _clock = clock;
        _progress = progress;
    }

    /// <summary>Runs the job. The output folder appears only when it is whole; until then <c>OUT.partial</c> holds the finished blocks.</summary>
    /// <param name="options">What, with what, where to.</param>
    /// <param name="progress">Told as the job advances.</param>
    /// <param name="cancellationToken">Ends the job; it can be resumed if a block was finished.</param>
    /// <exception cref="DecoupleQException">The input or an option cannot be used, or the disk is full; it says which and why.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static QuantizationReport Run(QuantizationOptions options, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var clock = new PhaseClock();
        using JobInput input = clock.Measure(Phase.Load, () => JobInput.Open(options, cancellationToken));
        // The tokenizer and the text are not needed any more.
        ResidentMemory.Trim();
        using var workers = new Workers(Workers.CountFor(options.Threads)) { Cancellation = cancellationToken };
        using OutputFolder output = OutputFolder.Create(options.Output, options.Model, options.Force, options.Resume);
        QuantizationReport report = new QuantizationJob(input, workers, clock, progress).Run(output.Partial, cancellationToken);
        output.Commit();
        return report with { Warnings = input.Warnings, Seconds = clock.ToSeconds(), PeakMemoryBytes = ResidentMemory.Peak() };
    }

    /// <summary>What a job for <paramref name="output"/> that ended early has kept; null if there is nothing to resume.</summary>
    /// <param name="output">The job's output, <see cref="QuantizationOptions.Output"/>.</param>
    /// <exception cref="DecoupleQException">The journal of the job is damaged.</exception>
    public static InterruptedJob? Interrupted(string output)
    {
        string folder = OutputFolder.PartialOf(output);
        return Journal.Read(folder) is Journal journal ? new InterruptedJob(folder, journal.Blocks.Count) : null;
    }

    private QuantizationReport Run(string folder, CancellationToken cancellationToken)
    {
        var writer = new ModelFolderWriter(folder, _plan.Blocks.Length + 1);
        FolderContents contents = _input.Contents;
        var meter = new ProgressMeter(_input.Cost.Blocks(_plan, _input.Blocks), _input.Cost.Generate(_plan, _input.Windows.Unwritten.Count), _clock, _progress);

        meter.Begin(_input.Warnings);
        Journal journal = _clock.Measure(Phase.Load, () => _input.FindJournal(folder, cancellationToken)) is Journal found
            ? Continue(found, meter)
            : Begin(folder, meter, cancellationToken);
        if (journal.Blocks.Count == 0)
        {
            _clock.Measure(Phase.Write, () => writer.WriteShard(0, contents.OutsideBlocks(cancellationToken), cancellationToken));
        }
        ResidentMemory.Trim();
        using var memory = new ActivationMemory(_input.Shares.Activations, folder);
        CalibrationStream stream = _clock.Measure(Phase.Load, () => Embed(memory));
        ResidentMemory.Trim();
        var quantizer = new BlockQuantizer(_input, _clock, meter, _workers);
        for (int block = 0; block < _input.Blocks; block++)
        {
            if (block < journal.Blocks.Count)
            {
                meter.Skip(block, _input.Cost.Resume(_plan, block, _input.Blocks));
                quantizer.Skip(block, stream, cancellationToken);
            }
            else
            {
                meter.Begin(block);
                BlockReport report = QuantizeBlock(block, quantizer, stream, writer, meter, cancellationToken);
                journal.Blocks.Add(report);
                journal.Write(folder);
                meter.Finish(report);
            }
            ResidentMemory.Trim();
            if (block < _input.Blocks - 1)
            {
                using Checkpoint stored = OpenShard(writer.ShardPath(block + 1));
                quantizer.Advance(block, new WeightReader(stored), stream, cancellationToken);
                ResidentMemory.Trim();
            }
        }
        return _clock.Measure(Phase.Write, () => Finish(writer, journal, folder, cancellationToken));
    }

    private static Journal Continue(Journal journal, ProgressMeter meter)
    {
        meter.SkipGenerating();
        return journal;
    }

    // What the model wrote took long: it is kept before the first block is.
    private Journal Begin(string folder, ProgressMeter meter, CancellationToken cancellationToken)
    {
        if (_input.Windows.Unwritten.Count == 0)
        {
            return _clock.Measure(Phase.Load, () => _input.NewJournal(cancellationToken));
        }
        meter.Report(Phase.Generate);
        int[][] written = _clock.Measure(Phase.Generate, () => SelfWritten(meter, cancellationToken));
        _input.TakeWritten(written);
        return _clock.Measure(Phase.Load, () =>
        {
            byte[] bytes = MemoryMarshal.AsBytes<int>(written.SelectMany(ids => ids).ToArray()).ToArray();
            Journal journal = _input.NewJournal(cancellationToken) with { Written = bytes };
            journal.Write(folder);
            return journal;
        });
    }

    private int[][] SelfWritten(ProgressMeter meter, CancellationToken cancellationToken)
    {
        int windows = _input.Windows.Unwritten.Count;
        double each = _input.Cost.Generate(_plan, windows) / windows / _input.Windows.Context;
        using var model = LanguageModel.Load(_input.Options.Model, new() { Threads = _input.Options.Threads }, cancellationToken);
        return new SelfWrittenText(model, _input.Windows.Context, _input.Options.Seed)
            .Write(windows, _input.Shares.KeyValues, ids => meter.Advance(Phase.Generate, each * ids), cancellationToken);
    }

    private BlockReport QuantizeBlock(
        int block, BlockQuantizer quantizer, CalibrationStream stream, ModelFolderWriter writer, ProgressMeter meter, CancellationToken cancellationToken)
    {
        QuantizedBlock quantized = quantizer.Run(block, stream, cancellationToken);
        meter.Report(Phase.Write);
        _clock.Measure(Phase.Write, () => writer.WriteShard(block + 1, _input.Contents.Block(block, quantized.Parameters), cancellationToken));
        return quantized.Report;
    }

    private Checkpoint OpenShard(string path) => new(path, SafetensorsFile.Open(path, TensorAccess.Read), _input.Contents.Config(_input.Windows), path);

    private QuantizationReport Finish(ModelFolderWriter writer, Journal journal, string folder, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        for (int block = _input.Blocks; block < _plan.Blocks.Length; block++)
        {
            writer.WriteShard(block + 1, _input.Contents.StoredBlock(block), cancellationToken);
            ResidentMemory.Trim();
        }
        IReadOnlyList<TensorInfo> tensors = writer.WriteIndex();
        foreach (CompanionFile file in _input.Contents.Files(_input.Windows, journal.Blocks))
        {
            writer.Write(file);
        }
        Journal.Delete(folder);
        return new QuantizationReport(
            _input.Options.Output,
            _input.Contents.BitsPerWeight(tensors.Select(t => (t.Name, t.ByteLength))),
            _clock.ToSeconds(),
            ResidentMemory.Peak(),
            _input.Checkpoint.Tensors.Values.Sum(t => t.ByteLength),
            tensors.Sum(t => t.ByteLength),
            journal.Blocks)
        {
            Calibration = new(_input.Windows.Sources, _input.Windows.Ids.Length, _input.Windows.HeldOut.Length, _input.Windows.Context),
        };
    }

    private CalibrationStream Embed(ActivationMemory memory)
    {
        CalibrationWindows windows = _input.Windows;
        var stream = new CalibrationStream(windows.Ids.Length, windows.HeldOut.Length, windows.Context, _plan.Width, memory);
        var embedding = new TokenEmbedding(_input.Weights.Matrix(_plan.Embedding, _plan.VocabularySize, _plan.Width), _plan.EmbeddingScale);
        var rows = new float[windows.Context * _plan.Width];
        foreach ((int i, int[] ids) in windows.Ids.Concat(windows.HeldOut).Index())
        {
            _workers.Cancellation.ThrowIfCancellationRequested();
            embedding.Read(ids, rows);
            stream.Inputs.Write(i, rows);
        }
        return stream;
    }
}
