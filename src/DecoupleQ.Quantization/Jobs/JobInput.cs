using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>What a job works from, opened and checked as far as can be before any work is done.</summary>
internal sealed class JobInput : IDisposable
{
    /// <summary>Ids of a calibration window where nothing is said, in a model whose context has room for as many.</summary>
    public const int DefaultContext = 2048;

    /// <summary>Calibration windows from texts where nothing is said.</summary>
    public const int DefaultSamples = 128;

    private JobInput(QuantizationOptions options, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        Checkpoint = checkpoint;
        Plan = Architecture.Plan(checkpoint);
        Weights = new WeightReader(checkpoint);
        Weights.Check(Plan);
        Tokenizer? tokenizer = StoredModel.CheckBeside(checkpoint, Plan);
        Formats = new LayerFormats(Plan, options);
        JobChecks.Check(options, Plan, Formats, checkpoint);
        Shares = MemoryShares.Of(options.MemoryBudget, Plan, options.Solver);
        Solver = options.Solver with { FloatStepMemory = Shares.FloatStep };
        Windows = LoadWindows(options, Plan, checkpoint, tokenizer, Shares, cancellationToken);
        Warnings = [.. Plan.Warnings, .. Windows.Warnings];
        // As the calibration turned out, so that a recipe says it whatever the defaults are then.
        Options = options with { Samples = Windows.Ids.Length, Context = Windows.Context };
        Contents = new FolderContents(checkpoint, Plan, Options, Formats);
        Cost = new JobCost(Windows.Ids.Length, Windows.HeldOut.Length, Windows.Context, Solver, options.Minimisation, Formats);
    }

    /// <summary>The options, with those of the calibration as it turned out.</summary>
    public QuantizationOptions Options { get; }

    public Checkpoint Checkpoint { get; }

    public ModelPlan Plan { get; }

    public WeightReader Weights { get; }

    public LayerFormats Formats { get; }

    public MemoryShares Shares { get; }

    /// <summary>How layers are solved, within the memory budget.</summary>
    public SolverOptions Solver { get; }

    /// <summary>The windows; those that the model is to write itself hold zeros until <see cref="TakeWritten"/>.</summary>
    public CalibrationWindows Windows { get; private set; }

    public FolderContents Contents { get; }

    public JobCost Cost { get; }

    /// <summary>What may not be as it was meant, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Blocks that are quantized, from the first on.</summary>
    public int Blocks => Formats.Blocks;

    /// <summary>Opens the model and the calibration data.</summary>
    /// <exception cref="DecoupleQException">One of them or an option cannot be used; it says which and why.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static JobInput Open(QuantizationOptions options, CancellationToken cancellationToken = default)
    {
        JobChecks.CheckRanges(options);
        Checkpoint checkpoint = CheckpointFiles.Open(options.Model, TensorAccess.Read);
        try
        {
            return new JobInput(options, checkpoint, cancellationToken);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>What an interrupted job in <paramref name="folder"/> has finished, if it is to be continued; null if there is nothing.</summary>
    /// <remarks>The windows that the model wrote then are taken over.</remarks>
    /// <exception cref="DecoupleQException">It was another job, or its journal is damaged.</exception>
    public Journal? FindJournal(string folder, CancellationToken cancellationToken)
    {
        Journal? found = Options.Resume ? Journal.Read(folder) : null;
        if (found?.Written is byte[] bytes && bytes.Length == (long)Windows.Unwritten.Count * Windows.Context * sizeof(int))
        {
            TakeWritten([.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(bytes).ToArray().Chunk(Windows.Context)]);
        }
        found?.CheckSame(FingerprintNow(cancellationToken), Blocks, folder);
        return found;
    }

    /// <summary>The journal of a job that begins.</summary>
    public Journal NewJournal(CancellationToken cancellationToken) => new(FingerprintNow(cancellationToken), [], []);

    /// <summary>Takes over the windows that the model has written.</summary>
    /// <param name="windows">One for each of <see cref="CalibrationWindows.Unwritten"/>.</param>
    public void TakeWritten(int[][] windows) => Windows = Windows.With(windows);

    public void Dispose() => Checkpoint.Dispose();

    private SortedDictionary<string, string> FingerprintNow(CancellationToken cancellationToken) =>
        Fingerprint.Of(Checkpoint, Windows, Options, Contents.Companions, cancellationToken);

    private static CalibrationWindows LoadWindows(
        QuantizationOptions options, ModelPlan plan, Checkpoint checkpoint, Tokenizer? tokenizer, MemoryShares shares, CancellationToken cancellationToken)
    {
        int heldOut = options.Minimisation.Epochs > 0 ? options.HeldOutSamples : 0;
        int samples = options.Samples ?? DefaultSamples, context = options.Context ?? Math.Min(DefaultContext, plan.ContextLength);
        bool isTable = CalibrationSource.IsTable(options.Calibration);
        if (!isTable)
        {
            CalibrationWindows.CheckRoom(samples, heldOut, context, options.MemoryBudget);
        }
        CalibrationWindows windows = isTable
            ? CalibrationWindows.FromTensor(
                options.Calibration[0], plan.VocabularySize, options.Samples, heldOut, options.Seed, options.MemoryBudget, cancellationToken)
            : CalibrationWindows.FromTexts(
                options.Calibration,
                tokenizer ?? TokenizerFiles.LoadFor(checkpoint, plan.VocabularySize),
                samples,
                heldOut,
                context,
                options.Seed,
                shares.Text,
                cancellationToken);
        return JobChecks.Check(windows, options, plan);
    }
}
