using System.Runtime.InteropServices;
using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Plans;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Storage;
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
    private readonly OutputFolder _output;
    private readonly DurableWriter _disk;
    private readonly ModelFolderWriter _writer;
    private readonly Workers _workers;
    private readonly PhaseClock _clock;
    private readonly ProgressMeter _meter;

    private QuantizationJob(
        JobInput input, OutputFolder output, DurableWriter disk, Workers workers, PhaseClock clock, IProgress<JobProgress>? progress)
    {
        _input = input;
        _plan = input.Plan;
        _output = output;
        _disk = disk;
        _writer = new ModelFolderWriter(output.Model, _plan.Blocks.Length + 1, disk);
        _workers = workers;
        _clock = clock;
        _meter = new ProgressMeter(input.Cost.Blocks(_plan, input.Blocks), input.Cost.Generate(_plan, input.Windows.Unwritten.Count), clock, progress);
    }

    /// <summary>Runs the job. The output folder appears only when it is whole; until then <c>OUT.partial</c> holds the finished blocks.</summary>
    /// <param name="options">What, with what, where to.</param>
    /// <param name="progress">Told as the job advances.</param>
    /// <param name="cancellationToken">Ends the job; it can be resumed if a block was finished.</param>
    /// <exception cref="DecoupleQException">The input or an option cannot be used, or the disk is full; it says which and why.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static QuantizationReport Run(
        QuantizationOptions options, IProgress<JobProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Run(options, new DurableWriter(ModelFolderWriter.DiskAdvice), progress, cancellationToken);

    /// <inheritdoc cref="Run(QuantizationOptions, IProgress{JobProgress}?, CancellationToken)"/>
    /// <param name="options">What, with what, where to.</param>
    /// <param name="disk">Writes the files.</param>
    /// <param name="progress">Told as the job advances.</param>
    /// <param name="cancellationToken">Ends the job; it can be resumed if a block was finished.</param>
    internal static QuantizationReport Run(
        QuantizationOptions options, DurableWriter disk, IProgress<JobProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = new PhaseClock();
        OutputFolder.Recover(options.Output);
        OutputFolder.Check(Request(options), cancellationToken);
        using JobInput input = clock.Measure(Phase.Load, () => JobInput.Open(options, cancellationToken));
        // The tokenizer and the text are not needed any more.
        ResidentMemory.Trim();
        using var workers = new Workers(Workers.CountFor(options.Threads)) { Cancellation = cancellationToken };
        using OutputFolder output = OutputFolder.Create(Request(options), input.Contents.Names(), disk, cancellationToken);
        QuantizationReport report = new QuantizationJob(input, output, disk, workers, clock, progress).Run(cancellationToken);
        IReadOnlyList<string> left = output.Commit();
        return report with { Warnings = [.. input.Warnings, .. left], Seconds = clock.ToSeconds(), PeakMemoryBytes = ResidentMemory.Peak() };
    }

    /// <summary>What the job of <paramref name="options"/> is to write.</summary>
    internal static OutputRequest Request(QuantizationOptions options) => new("quantize", options.Output, options.Model, options.Force, options.Resume);

    /// <summary>What a job for <paramref name="output"/> that ended early has kept; null if there is nothing to resume.</summary>
    /// <param name="output">The job's output, <see cref="QuantizationOptions.Output"/>.</param>
    /// <exception cref="DecoupleQException">The journal of the job is damaged.</exception>
    public static InterruptedJob? Interrupted(string output)
    {
        string folder = OutputFolder.WorkOf(output).Path;
        return Journal.Read(folder) is Journal journal ? new InterruptedJob(folder, journal.Blocks.Count) : null;
    }

    private QuantizationReport Run(CancellationToken cancellationToken)
    {
        _meter.Begin(_input.Warnings);
        Journal? found = _clock.Measure(Phase.Load, () => _input.FindJournal(_output.Work, cancellationToken));
        if (found is not null && _clock.Measure(Phase.Load, () => _output.IsStillWhole(_disk, cancellationToken)))
        {
            return Report(found, _writer.ReadTensors());
        }
        Journal journal = found is null ? Begin(cancellationToken) : Continue(found);
        bool[] kept = _clock.Measure(Phase.Load, () => Keep(journal, cancellationToken));
        if (!kept[0])
        {
            journal.Put(0, _clock.Measure(
                Phase.Write, () => _writer.WriteShard(0, _input.Contents.OutsideBlocks(cancellationToken), cancellationToken)));
        }
        QuantizeBlocks(journal, kept, cancellationToken);
        return _clock.Measure(Phase.Write, () => Finish(journal, kept, cancellationToken));
    }

    // Which shards need not be made again: those that are on the disk as the journal says.
    private bool[] Keep(Journal journal, CancellationToken cancellationToken)
    {
        var kept = new bool[_plan.Blocks.Length + 1];
        foreach ((int shard, FileDigest digest) in journal.Shards.Take(kept.Length).Index())
        {
            kept[shard] = _writer.KeepShard(shard, digest, cancellationToken);
        }
        return kept;
    }

    private void QuantizeBlocks(Journal journal, bool[] kept, CancellationToken cancellationToken)
    {
        ResidentMemory.Trim();
        using var memory = new ActivationMemory(_input.Shares.Activations, _output.Work, _disk);
        CalibrationStream stream = _clock.Measure(Phase.Load, () => Embed(memory));
        ResidentMemory.Trim();
        var quantizer = new BlockQuantizer(_input, _clock, _meter, _workers);
        for (int block = 0; block < _input.Blocks; block++)
        {
            if (block < journal.Blocks.Count && kept[block + 1])
            {
                _meter.Skip(block, _input.Cost.Resume(_plan, block, _input.Blocks));
                quantizer.Skip(block, stream, cancellationToken);
            }
            else
            {
                Quantize(block, quantizer, stream, journal, cancellationToken);
            }
            ResidentMemory.Trim();
            if (block < _input.Blocks - 1)
            {
                using Checkpoint stored = OpenShard(_writer.ShardPath(block + 1));
                quantizer.Advance(block, new WeightReader(stored), stream, cancellationToken);
                ResidentMemory.Trim();
            }
        }
    }

    private void Quantize(int block, BlockQuantizer quantizer, CalibrationStream stream, Journal journal, CancellationToken cancellationToken)
    {
        _meter.Begin(block);
        QuantizedBlock quantized = quantizer.Run(block, stream, cancellationToken);
        _meter.Report(Phase.Write);
        FileDigest written = _clock.Measure(
            Phase.Write, () => _writer.WriteShard(block + 1, _input.Contents.Block(block, quantized.Parameters), cancellationToken));
        if (block < journal.Blocks.Count && written != journal.Shards[block + 1])
        {
            // What was made of it later rests on other bytes.
            journal.Blocks.RemoveRange(block, journal.Blocks.Count - block);
            journal.Shards.RemoveRange(block + 1, journal.Shards.Count - block - 1);
        }
        if (block == journal.Blocks.Count)
        {
            journal.Blocks.Add(quantized.Report);
        }
        journal.Put(block + 1, written);
        journal.Write(_output.Work, _disk);
        _meter.Finish(quantized.Report);
    }

    private Journal Continue(Journal journal)
    {
        _meter.SkipGenerating();
        return journal;
    }

    // What the model wrote took long: it is kept before the first block is.
    private Journal Begin(CancellationToken cancellationToken)
    {
        if (_input.Windows.Unwritten.Count == 0)
        {
            return _clock.Measure(Phase.Load, () => _input.NewJournal(cancellationToken));
        }
        _meter.Report(Phase.Generate);
        int[][] written = _clock.Measure(Phase.Generate, () => SelfWritten(cancellationToken));
        _input.TakeWritten(written);
        return _clock.Measure(Phase.Load, () =>
        {
            byte[] bytes = MemoryMarshal.AsBytes<int>(written.SelectMany(ids => ids).ToArray()).ToArray();
            Journal journal = _input.NewJournal(cancellationToken) with { Written = bytes };
            journal.Write(_output.Work, _disk);
            return journal;
        });
    }

    private int[][] SelfWritten(CancellationToken cancellationToken)
    {
        int windows = _input.Windows.Unwritten.Count;
        double each = _input.Cost.Generate(_plan, windows) / windows / _input.Windows.Context;
        using var model = LanguageModel.Load(_input.Options.Model, new() { Threads = _input.Options.Threads }, cancellationToken);
        return new SelfWrittenText(model, _input.Windows.Context, _input.Options.Seed)
            .Write(windows, _input.Shares.KeyValues, ids => _meter.Advance(Phase.Generate, each * ids), cancellationToken);
    }

    private Checkpoint OpenShard(string path) => new(path, SafetensorsFile.Open(path, TensorAccess.Read), _input.Contents.Config(_input.Windows), path);

    private QuantizationReport Finish(Journal journal, bool[] kept, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        for (int block = _input.Blocks; block < _plan.Blocks.Length; block++)
        {
            if (!kept[block + 1])
            {
                journal.Put(block + 1, _writer.WriteShard(block + 1, _input.Contents.StoredBlock(block), cancellationToken));
                journal.Write(_output.Work, _disk);
                ResidentMemory.Trim();
            }
        }
        IReadOnlyList<TensorInfo> tensors = _writer.WriteIndex();
        foreach (CompanionFile file in _input.Contents.Files(_input.Windows))
        {
            _writer.Write(file);
        }
        _writer.WriteReport(_input.Contents.Report(_input.Windows, journal.Blocks));
        StoredModel.Check(_output.Model);
        _output.Complete(_writer.Manifest, _disk);
        return Report(journal, tensors);
    }

    private QuantizationReport Report(Journal journal, IReadOnlyList<TensorInfo> tensors) => new(
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
