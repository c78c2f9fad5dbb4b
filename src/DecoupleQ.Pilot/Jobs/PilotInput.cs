using System.Globalization;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Models;
using DecoupleQ.Pilot.Feasibility;
using DecoupleQ.Pilot.Halves;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Overlaps;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>What a pilot works from, read and checked before any work is done.</summary>
internal sealed class PilotInput
{
    private const int DefaultContext = 512;

    // Far more than windows are cut from.
    private const long EnoughTokens = 1 << 22;

    private PilotInput(PilotOptions options, LanguageModel dense, CancellationToken cancellationToken)
    {
        Options = options;
        Dense = options.Model;
        Model = DenseModel.Of(options.Model);
        int context = options.Context ?? Math.Min(DefaultContext, dense.ContextLength);
        if (context > dense.ContextLength)
        {
            throw new DecoupleQException($"The value is {context}.", field: "context", expected: $"at most {dense.ContextLength}, the model's");
        }
        IReadOnlyList<string> calibration = options.Quantization.Calibration;
        (CalibrationIndex? index, IReadOnlyList<string> notLookedAt) = options.Packed is string given && calibration.Count == 0
            ? CalibrationTexts.IndexOf(given, cancellationToken)
            : CalibrationTexts.Index(calibration, cancellationToken);
        bool isDivided = options.Packed is null;
        Test = TestSet.Read(
            dense.Tokenizer, options.Test, new() { Context = context, MaxWindows = options.Windows, IsDivided = isDivided }, index, cancellationToken);
        (Choose, Judge, int leftOut) = Divide(options.Task, index, isDivided);
        Overlap = Test.Overlap with { Items = leftOut, Unchecked = notLookedAt };
        Stored = options.Packed is string packed ? StoredSetting.Of(packed) : null;
        Ladder = options.Packed is null ? new Ladder(Model.Weights, options.Ladder) : null;
        Feasibility = FeasibilityOf(dense, cancellationToken);
        Fingerprint = FingerprintOf(options, context, cancellationToken);
    }

    public PilotOptions Options { get; }

    /// <summary>The dense model's path.</summary>
    public string Dense { get; }

    /// <summary>What is known of the dense model without its weights.</summary>
    public DenseModel Model { get; }

    /// <summary>The settings to try; null where a packed model was given.</summary>
    public Ladder? Ladder { get; }

    /// <summary>The packed model that was given; null where settings are tried.</summary>
    public StoredSetting? Stored { get; }

    /// <summary>What speaks for the pilot, and against it.</summary>
    public FeasibilityResult Feasibility { get; }

    public TestSet Test { get; }

    /// <summary>The questions that settings are chosen on; null if there are none, or nothing is chosen.</summary>
    public AskedTask? Choose { get; }

    /// <summary>The questions that the chosen setting is judged on; null if there are none.</summary>
    public AskedTask? Judge { get; }

    /// <summary>What of the test is in the calibration too.</summary>
    public OverlapResult Overlap { get; }

    /// <summary>What the result depends on, by name.</summary>
    public SortedDictionary<string, string> Fingerprint { get; }

    /// <summary>Reads all there is to read.</summary>
    /// <exception cref="DecoupleQException">Something of it cannot be used.</exception>
    public static PilotInput Read(PilotOptions options, CancellationToken cancellationToken)
    {
        using LanguageModel dense = LanguageModel.Load(options.Model, new LanguageModelOptions { Threads = options.Quantization.Threads }, cancellationToken);
        var input = new PilotInput(options, dense, cancellationToken);
        if (options.Task is not null)
        {
            // Refused now, not after hours: a question that the model's context does not hold, a template that it has not.
            TaskRun.Prepare(dense, options.Task, options.Asking(dense), cancellationToken);
        }
        return input;
    }

    private FeasibilityResult FeasibilityOf(LanguageModel dense, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> sources = Options.Quantization.Calibration;
        return FeasibilityCheck.Of(
            Model,
            new FeasibilityQuestion
            {
                Quantization = Options.Quantization with { Model = Dense, Output = Options.Output.Length > 0 ? Options.Output : "pilot" },
                Settings = Ladder?.Settings ?? [],
                LeftOut = Ladder?.LeftOut ?? [],
                PackedBytes = Stored?.Bytes ?? 0,
                Concurrency = Options.Concurrency,
                CalibrationTokens = Ladder is null ? 0 : TextAmount.OfCalibration(dense.Tokenizer, sources, EnoughTokens, cancellationToken).Tokens,
                TestWindows = Test.Judge.Count,
                TestItems = Judge?.Items ?? 0,
                TestTokens = (long)Test.Context * Test.Windows,
                Overlap = Overlap,
                Thresholds = Options.Thresholds,
            },
            cancellationToken: cancellationToken);
    }

    private static (AskedTask? Choose, AskedTask? Judge, int LeftOut) Divide(EvaluationTask? task, CalibrationIndex? index, bool isDivided)
    {
        if (task is null)
        {
            return (null, null, 0);
        }
        TaskItem[] kept = [.. task.Items.Where(item => !(index?.Of(TaskParts.TextOf(item)).Occurs ?? false))];
        int shared = task.Items.Count - kept.Length, least = isDivided ? 2 : 1;
        if (kept.Length < least)
        {
            throw new DecoupleQException(
                $"Of {task.Items.Count} questions {shared} are in the calibration; fewer than {least} are left.", task.Path, "task",
                $"questions that the calibration does not have, at least {least}");
        }
        if (!isDivided)
        {
            return (null, AskedTask.Of(task, kept, kept), shared);
        }
        // By what is asked: the same question on two lines is not asked in both halves.
        IReadOnlyList<TestHalf> halves = TestHalves.Of([.. kept.Select(TaskParts.TextOf)]);
        if (!halves.Contains(TestHalf.Choose))
        {
            throw new DecoupleQException("The questions are all the same.", task.Path, "task", "at least 2 that differ");
        }
        return (Half(TestHalf.Choose), Half(TestHalf.Judge), shared);

        AskedTask Half(TestHalf half) => AskedTask.Of(task, kept, kept.Where((_, i) => halves[i] == half));
    }

    private static SortedDictionary<string, string> FingerprintOf(PilotOptions options, int context, CancellationToken cancellationToken)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["version"] = ToolVersion.Text,
            ["the model"] = FilesOf(options.Model),
            ["the packed model"] = options.Packed is string packed ? FilesOf(packed) : "",
            ["test"] = DigestOf(options.Test, cancellationToken),
            ["calibration"] = string.Join(' ', options.Quantization.Calibration.Select(
                source => CalibrationSource.IsFile(source) ? DigestOf([source], cancellationToken) : source)),
            ["task"] = options.Task is { } task
                ? $"{DigestOf([task.Path], cancellationToken)} {task.Metric} {task.Options} {string.Join(' ', options.AskingWords)}"
                : "",
            ["what the chat template is, and the date that it is told"] = options.AskingDigest,
            ["windows"] = string.Create(CultureInfo.InvariantCulture, $"{options.Windows} of {context}"),
            ["thresholds"] = string.Join(' ', options.Thresholds),
            ["settings to try"] = string.Join(
                ' ', string.Join(',', options.Ladder.Bits), string.Join(',', options.Ladder.GroupSizes), string.Join(',', options.Ladder.Presets),
                string.Join(',', options.Ladder.Tables)),
            ["samples and seed"] = string.Create(CultureInfo.InvariantCulture, $"{options.Quantization.Samples} {options.Quantization.Seed}"),
            ["concurrency"] = string.Join(' ', options.Concurrency),
        };
        return all;
    }

    private static string FilesOf(string model) => string.Join(
        ", ",
        (Directory.Exists(model) ? new DirectoryInfo(model).EnumerateFiles() : [new FileInfo(model)]).OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}")));

    private static string DigestOf(IEnumerable<string> files, CancellationToken cancellationToken) =>
        string.Join(' ', files.Select(file => FileDigest.Of(file, cancellationToken)?.Sha256 ?? ""));
}
