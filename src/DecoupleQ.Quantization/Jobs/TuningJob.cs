using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Quantization.Tuning;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>
/// Trains a whole packed model against the dense one, into a packed folder. Now and then windows that are not trained on are looked at; the best model so far
/// lies in the work folder, and beside it what the next step depends on, so that a resumed job gives the same bytes as one that was never interrupted.
/// </summary>
public sealed class TuningJob
{
    /// <summary>Ids in a window where nothing is said, in a model whose context has room for as many.</summary>
    public const int DefaultContext = TuningInput.DefaultContext;

    // Of the memory that there is, values of blocks take so much at most, so as not to run them again.
    private const int KeptShare = 4;

    private readonly TuningInput _input;
    private readonly TuningOptions _options;
    private readonly TunedContents _contents;
    private readonly OutputFolder _output;
    private readonly DurableWriter _disk;
    private readonly ModelFolderWriter _writer;
    private readonly Workers _workers;
    private readonly TuningMeter _meter;

    private TuningJob(TuningInput input, TunedContents contents, OutputFolder output, DurableWriter disk, Workers workers, TuningMeter meter)
    {
        (_input, _options, _contents, _output, _disk, _workers, _meter) = (input, input.Options, contents, output, disk, workers, meter);
        _writer = new ModelFolderWriter(output.Model, contents.Shards, disk);
    }

    /// <summary>Runs the job. The output folder appears only when it is whole.</summary>
    /// <param name="options">What, against what, on what, where to.</param>
    /// <param name="progress">Told as the job advances.</param>
    /// <param name="cancellationToken">Ends the job; it can be resumed from its last look at the held-out windows.</param>
    /// <exception cref="DecoupleQException">The input or an option cannot be used, or the disk is full; it says which and why.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TuningReport Run(TuningOptions options, IProgress<TuningProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Run(options, new DurableWriter(ModelFolderWriter.DiskAdvice), progress, cancellationToken);

    /// <inheritdoc cref="Run(TuningOptions, IProgress{TuningProgress}?, CancellationToken)"/>
    /// <param name="options">What, against what, on what, where to.</param>
    /// <param name="disk">Writes the files.</param>
    /// <param name="progress">Told as the job advances.</param>
    /// <param name="cancellationToken">Ends the job; it can be resumed from its last look at the held-out windows.</param>
    internal static TuningReport Run(
        TuningOptions options, DurableWriter disk, IProgress<TuningProgress>? progress, CancellationToken cancellationToken)
    {
        var meter = new TuningMeter(progress, options);
        OutputFolder.Recover(options.Output);
        var request = new OutputRequest("tune", options.Output, options.Model, options.Force, options.Resume);
        OutputFolder.Check(request, cancellationToken);
        OutputFolder.Check(request with { Model = options.Against }, cancellationToken);
        using TuningInput input = TuningInput.Open(options, cancellationToken);
        var contents = new TunedContents(input.Packed, input.Plan, input.Options);
        using var workers = new Workers(Workers.CountFor(options.Threads)) { Cancellation = cancellationToken };
        using OutputFolder output = OutputFolder.Create(request, contents.Names(), disk, cancellationToken);
        meter.Begin(input.Warnings);
        TuningReport report = new TuningJob(input, contents, output, disk, workers, meter).Run(cancellationToken);
        IReadOnlyList<string> left = output.Commit();
        return report with
        {
            Warnings = [.. input.Warnings, .. left], Seconds = meter.Elapsed.TotalSeconds, PeakMemoryBytes = ResidentMemory.Peak(),
        };
    }

    /// <summary>The folder in which a job for <paramref name="output"/> that ended early has kept its state; null if there is nothing to resume.</summary>
    /// <param name="output">The job's output, <see cref="TuningOptions.Output"/>.</param>
    /// <returns>The folder and the steps that are kept.</returns>
    /// <exception cref="DecoupleQException">The journal of the job is damaged.</exception>
    public static (string Folder, int Steps)? Interrupted(string output)
    {
        string folder = OutputFolder.WorkOf(output).Path;
        return TuningJournal.Read(folder) is TuningJournal journal ? (folder, journal.Checks.Count == 0 ? 0 : journal.Checks[^1].Step) : null;
    }

    private TuningReport Run(CancellationToken cancellationToken)
    {
        TuningJournal? found = _options.Resume ? TuningJournal.Read(_output.Work) : null;
        SortedDictionary<string, string> fingerprint = Fingerprint.Of(
            _input.Packed, _input.Dense, _options, _input.Texts, _contents.Companions, cancellationToken);
        if (found is not null)
        {
            Fingerprint.CheckSame(found.Fingerprint, fingerprint, _output.Work);
        }
        TuningJournal journal = found ?? new TuningJournal(fingerprint);
        _meter.Plan(_input.Texts.Length + _input.Unwritten, _options.HeldOut, journal.Written is null ? _input.Unwritten : 0);
        journal = Write(journal, cancellationToken);
        TuningWindows windows = TuningWindows.Of([.. _input.Texts, .. WindowsOf(journal)], _options.HeldOut);
        if (found is not null && _output.IsStillWhole(_disk, cancellationToken))
        {
            return Report(journal, windows);
        }
        // A best model that is not as it was written is made again with the steps that led to it.
        if (journal.IsOver && !KeepsBest(journal, cancellationToken))
        {
            journal = journal with { IsOver = false, State = null, Checks = [], Shards = [] };
        }
        if (!journal.IsOver)
        {
            journal = Train(journal, windows, cancellationToken);
        }
        _meter.Enter("write");
        return Finish(journal, windows, cancellationToken);
    }

    // What the model wrote took long: it is kept before all else.
    private TuningJournal Write(TuningJournal journal, CancellationToken cancellationToken)
    {
        if (_input.Unwritten == 0 || journal.Written is not null)
        {
            return journal;
        }
        _meter.Enter("generate");
        using var model = LanguageModel.Load(_options.Against, new() { Threads = _options.Threads }, cancellationToken);
        int context = _options.Context!.Value;
        int[][] written = new SelfWrittenText(model, context, _options.Seed).Write(
            _input.Unwritten, _options.MemoryBudget ?? SelfWrittenText.KeyValueBytes, ids => _meter.Written((double)ids / context), cancellationToken);
        journal = journal with { Written = MemoryMarshal.AsBytes<int>(written.SelectMany(ids => ids).ToArray()).ToArray() };
        journal.Write(_output.Work, _disk);
        return journal;
    }

    private int[][] WindowsOf(TuningJournal journal) =>
        journal.Written is byte[] bytes ? [.. MemoryMarshal.Cast<byte, int>(bytes).ToArray().Chunk(_options.Context!.Value)] : [];

    private TuningJournal Train(TuningJournal journal, TuningWindows windows, CancellationToken cancellationToken)
    {
        using var memory = new ActivationMemory(_options.MemoryBudget ?? long.MaxValue, _output.Work, _disk);
        ReferenceHidden? reference = null;
        if (_options.Loss == TuningLoss.Divergence)
        {
            _meter.Enter("dense");
            double part = 1.0 / (_input.Plan.Blocks.Length + 1);
            reference = ReferenceHidden.Of(_input.DenseWeights, _input.DensePlan, windows.All, memory, _workers, count => _meter.Advance(count * part));
            ResidentMemory.Trim();
        }
        _meter.Enter("tune");
        (TunedModel model, IReadOnlyList<TunedTable> tables) = _input.Model();
        var tuning = new ModelTuning(model, _options, KeptBlocks(model), _workers);
        var loop = new TuningLoop(model, tables, tuning, windows, reference, _options, _meter);
        int steps = 0;
        if (journal is { State: FileDigest state, Checks: [.., TuningCheck last] } && Resume(tuning, state, journal.Checks.Count, cancellationToken))
        {
            steps = last.Step;
            tuning.Resume(steps);
            _meter.Skip(steps, journal.Checks.Count, windows.HeldOut.Length);
        }
        else
        {
            journal = journal with { State = null, Checks = [], Shards = [] };
        }
        loop.Run(journal.Checks, steps, (checks, best) => journal = Keep(journal, checks, best, tuning, cancellationToken), cancellationToken);
        journal = journal with { IsOver = true };
        journal.Write(_output.Work, _disk);
        return journal;
    }

    /// <summary>Keeps a look, and the model if it is the best so far.</summary>
    private TuningJournal Keep(
        TuningJournal journal, IReadOnlyList<TuningCheck> checks, StoredParameters? best, ModelTuning tuning, CancellationToken cancellationToken)
    {
        FileDigest[] shards = best is null
            ? [.. journal.Shards]
            : [.. Enumerable.Range(0, _contents.Shards).Select(shard => _writer.WriteShard(shard, _contents.Shard(shard, best), cancellationToken))];
        // The state before it stays until the journal names the new one.
        string file = StatePath(checks.Count);
        FileDigest state = _disk.Write(file, stream => SafetensorsWriter.Write(stream, [.. tuning.State.Select(Payload)], cancellationToken));
        journal = journal with { Checks = [.. checks], Shards = shards, State = state };
        journal.Write(_output.Work, _disk);
        return journal;

        static TensorPayload Payload(float[] values, int number) =>
            TensorPayload.Floats(StateName(number), Tensors.ElementType.F32, [values.Length], values);
    }

    private bool Resume(ModelTuning tuning, FileDigest digest, int checks, CancellationToken cancellationToken)
    {
        string file = StatePath(checks);
        if (!digest.IsOf(file, cancellationToken))
        {
            return false;
        }
        using SafetensorsFile stored = SafetensorsFile.Open(file, TensorAccess.Read);
        foreach ((int number, float[] values) in tuning.State.Index())
        {
            stored.ReadFloats(StateName(number)).CopyTo(values, 0);
        }
        return true;
    }

    private string StatePath(int checks) => Path.Combine(_output.Work, WorkFolder.StateFile(checks % 2 == 1));

    private static string StateName(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"state.{number}");

    private bool KeepsBest(TuningJournal journal, CancellationToken cancellationToken)
    {
        bool all = journal.Shards.Count == _contents.Shards;
        foreach ((int shard, FileDigest digest) in journal.Shards.Index())
        {
            all &= _writer.KeepShard(shard, digest, cancellationToken);
        }
        return all;
    }

    private int KeptBlocks(TunedModel model)
    {
        long room = _options.MemoryBudget ?? (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / KeptShare);
        long block = model.Plan.Blocks.Max(plan => plan.Values.Sum(value => (long)value.Width)) * _options.Batch * _options.Context!.Value * sizeof(float);
        return (int)Math.Min(room / block, model.Plan.Blocks.Length);
    }

    private TuningReport Finish(TuningJournal journal, TuningWindows windows, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!KeepsBest(journal, cancellationToken))
        {
            throw new DecoupleQException(
                "The best model of the job is not as it was written.", _output.Model, expected: "a folder that nothing else writes to; --force starts again");
        }
        _writer.WriteIndex();
        JsonObject tuning = _contents.Tuning(journal, windows);
        foreach (CompanionFile file in _contents.Files(tuning))
        {
            _writer.Write(file);
        }
        _writer.WriteReport(_contents.Report(tuning));
        StoredModel.Check(_output.Model);
        TuningReport report = Report(journal, windows);
        _output.Complete(_writer.Manifest, _disk);
        return report;
    }

    private TuningReport Report(TuningJournal journal, TuningWindows windows)
    {
        (long changed, long all) = ChangedIntegers.Count(_input.Packed, _output.Model, _input.Plan);
        return new TuningReport(
            _options.Output, journal.Checks[^1].Step, windows.Training.Length, windows.HeldOut.Length, windows.Context, journal.Checks, journal.Best!.Step,
            changed, all, _meter.Elapsed.TotalSeconds, ResidentMemory.Peak());
    }
}
