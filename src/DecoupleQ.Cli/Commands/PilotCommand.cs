using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Reports;
using DecoupleQ.Tensors;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq pilot MODEL --test FILE.. -o REPORT</c></summary>
internal sealed class PilotCommand : ToolCommand, IEndsUndecided, IGroupsOptions
{
    // What a setting of quantize may say of a pilot; the others are what it tries.
    private static readonly QuantizationSetting[] Kept =
        [QuantizationSettings.Samples, QuantizationSettings.Seed, QuantizationSettings.Threads, QuantizationSettings.MemoryBudget];

    private readonly PathArgument _model = new(
        "MODEL", "The dense model: a folder or a .gguf file", "a folder with config.json, *.safetensors and a tokenizer, or a .gguf file");

    private readonly PathsOption _test = new("--test", "FILE...", "Texts to judge on, in UTF-8; text that is in the calibration is left out", "text files");
    private readonly PathsOption _calibration = new(
        "--calibration",
        "FILE...",
        "What to calibrate on, as in quantize [default: builtin self]; with --packed, what that model was calibrated on, to be left out of the test",
        "text files, builtin, self, or one .safetensors");

    private readonly PathOption _output = new(
        "--output", ["-o"], "REPORT", "The folder to write: page, JSON and the chosen model", "a folder that does not exist yet");

    private readonly PathOption _packed = new(
        "--packed", [], "FOLDER", "Judge this packed model; nothing is quantized", "a packed folder, made from the dense model");

    private readonly ThresholdOption[] _thresholds = [.. ThresholdKind.All.Select(kind => new ThresholdOption(kind))];
    private readonly PilotLadderOptions _ladder = new();
    private readonly PilotCostOptions _costs = new();
    private readonly TaskEvaluationOptions _task = new();
    private readonly SettingOption[] _settings = [.. Kept.Select(setting => new SettingOption(setting) { Description = setting.Description })];

    private readonly NumberOption<int> _context = new(
        "--context", "Ids of a window of the test [default: the smaller of 512 and the model's]", OptionRange.Context)
    {
        Aliases = { "-c" },
    };

    private readonly NumberOption<int> _windows = new(
        "--windows", "The most windows of each half of the test, one of which chooses and the other judges; with --packed, of all of it",
        PilotOptions.WindowsRange, PilotOptions.DefaultWindows);

    private readonly NumbersOption _concurrency = new(
        "--concurrency", "Requests together at which speed is measured", OptionRange.Whole(1, 64), PilotOptions.DefaultConcurrency);

    private readonly NumberOption<double> _speedSeconds = new(
        "--speed-seconds", "Seconds that measuring speed takes, about", PilotOptions.SpeedSecondsRange, PilotOptions.DefaultSpeedSeconds);

    private readonly Option<bool> _resume = new("--resume") { Description = "Go on with a pilot that was interrupted in REPORT" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say whether this is a good pilot, and what it would take; write nothing" };
    private readonly Option<bool> _recommend = new("--recommend")
    {
        Description = "Print nothing but which setting to take, the cheapest that passes, and the command that makes such a model",
    };

    private readonly LanguageOption _language = new();
    private readonly ProgressOption _progress = new();

    public PilotCommand(ToolContext context)
        : base("pilot", "Find out whether 2 bits hold for your model, texts and task, and what they save", context)
    {
        Add(_model);
        Add(_test);
        Add(_calibration);
        Add(_output);
        foreach (Option option in OptionGroups.SelectMany(group => group.Options))
        {
            Add(option);
        }
        Add(_packed);
        Add(_context);
        Add(_windows);
        Add(_concurrency);
        Add(_speedSeconds);
        foreach (SettingOption option in _settings)
        {
            Add(option);
        }
        Add(_language);
        Add(_recommend);
        Add(_resume);
        Add(_dryRun);
        Add(_progress);
        AddCommonOptions();
        Add(new PilotRecomputeCommand(context));
    }

    public IReadOnlyList<OptionGroup> OptionGroups =>
        [new("Thresholds", _thresholds), new("Settings to try", _ladder.All), new("Tasks", _task.All), new("Costs", _costs.All)];

    public override IReadOnlyList<string> Examples { get; } =
    [
        "pilot MODEL --test text.txt --dry-run",
        "pilot MODEL --test text.txt -o REPORT --max-perplexity-increase 10% --min-agreement 0.8",
        "pilot MODEL --test text.txt -o REPORT --max-perplexity-increase 5% --recommend",
        "pilot MODEL --test text.txt -o REPORT --task questions.jsonl --metric contains --max-accuracy-loss 1pp",
        "pilot MODEL --test text.txt -o REPORT --price-per-hour 0.4 --requests-per-day 100000 --tokens-per-request 200",
    ];

    protected override int Execute(ParseResult parse)
    {
        bool events = parse.GetValue(_progress) == ProgressMode.Json;
        using TaskEvaluation? task = HasTask(parse) ? new(Context, parse, _task, parse.GetValue(_progress)) : null;
        PilotOptions options = Read(parse, task?.Read());
        if (parse.GetValue(_dryRun))
        {
            PilotPreview preview = PilotJob.Preview(options, Context.Cancellation);
            Show(parse, preview);
            return preview.Findings.Any(finding => finding.Level == FindingLevel.Obstacle) ? ExitCodes.Input : ExitCodes.Success;
        }
        Tell(events, "started", line => line with { Command = Name, Model = options.Model, Output = options.Output });
        PilotPlan plan = PilotJob.Plan(options, Context.Cancellation);
        Announce(parse, plan.Preview);
        Context.Interruption.Kept = () => PilotJob.IsInterrupted(options.Output)
            ? $"What is finished is kept in {options.Output}; the same command with --resume goes on from there."
            : "Nothing was finished, and nothing is kept.";
        PilotResult result = ProgressDisplay.Run(
            Context.Terminal,
            parse.GetValue(_progress),
            new PilotEvents(Context.Events),
            "pilot",
            PilotProgressText.Describe(),
            (IProgress<PilotProgress> progress) => plan.Run(
                (found, page) => PilotReport.Write(found, page, _language.ValueIn(parse)), progress, Context.Cancellation));
        var recommendation = Recommendation.Of(result, options);
        bool isShort = parse.GetValue(_recommend);
        if (WantsJson(parse))
        {
            Context.Terminal.Output.WriteLine(isShort ? recommendation.ToJson() : result.ToJson());
        }
        else if (isShort)
        {
            PilotView.Write(Context.Terminal, recommendation);
        }
        else
        {
            PilotView.Write(Context.Terminal, result, options.Output);
            PilotView.Write(Context.Terminal, recommendation);
        }
        int code = Verdicts.ExitCode(result.Verdict);
        Tell(events, "finished", line => line with { Output = options.Output, ExitCode = code });
        return code;
    }

    private bool HasTask(ParseResult parse)
    {
        _task.Check(parse);
        return parse.GetValue(_task.File) is not null;
    }

    private PilotOptions Read(ParseResult parse, EvaluationTask? task)
    {
        bool isPreview = parse.GetValue(_dryRun);
        (string? currency, var costs) = _costs.In(parse);
        string[] tests = parse.GetValue(_test) ?? [];
        if (isPreview)
        {
            TaskEvaluationOptions.Refuse(parse, [_recommend, _resume], "Nothing is tried.", "no --dry-run beside it");
        }
        if (tests.Length == 0)
        {
            throw new UsageException("It is required.", _test.Name, _test.Expected);
        }
        string? packed = parse.GetValue(_packed);
        Threshold[] thresholds = [.. _thresholds.Select(option => parse.GetValue(option)).OfType<Threshold>()];
        if (packed is not null)
        {
            IEnumerable<Option> quantizing = _settings.Where(option => option.Name != "--" + QuantizationSettings.Threads.Name);
            TaskEvaluationOptions.Refuse(parse, [.. _ladder.All, .. quantizing, _recommend], "Nothing is quantized.", "no --packed beside it");
        }
        QuantizationOptions quantization = new() { Model = parse.GetRequiredValue(_model), Output = "" };
        quantization = _settings.Select(option => parse.GetValue(option)).OfType<SettingValue>()
            .Aggregate(quantization, (current, value) => value.Set(current));
        return new PilotOptions
        {
            Model = parse.GetRequiredValue(_model),
            Output = parse.GetValue(_output) ?? (isPreview ? "" : throw new UsageException("It is required.", _output.Name, _output.Expected)),
            Test = tests,
            Quantization = parse.GetValue(_calibration) is { Length: > 0 } calibration ? quantization with { Calibration = calibration }
                : packed is not null ? quantization with { Calibration = [] }
                : quantization,
            Packed = packed,
            Ladder = _ladder.In(parse),
            Thresholds = thresholds.Length > 0 ? thresholds : PilotOptions.DefaultThresholds,
            Task = task,
            Asking = model => _task.Options(parse, task!, model, KeyValueFormat.F32),
            AskingWords = task is null ? [] : _task.WordsIn(parse, task, parse.GetRequiredValue(_model)),
            AskingDigest = task is null ? "" : _task.DigestIn(parse),
            Language = LanguageOption.NameOf(_language.ValueIn(parse)),
            Context = parse.GetValue(_context),
            Windows = _windows.ValueIn(parse),
            Concurrency = parse.GetValue(_concurrency) is { Length: > 0 } concurrency ? [.. concurrency.Distinct().Order()] : PilotOptions.DefaultConcurrency,
            SpeedSeconds = _speedSeconds.ValueIn(parse),
            Currency = currency,
            Costs = costs,
            Resume = parse.GetValue(_resume),
        };
    }

    // Before hours of work: whether they are worth it.
    private void Announce(ParseResult parse, PilotPreview preview)
    {
        ProgressMode mode = parse.GetValue(_progress);
        Tell(mode == ProgressMode.Json, "planned", line => line with
        {
            LeastSeconds = preview.LeastSeconds, MostSeconds = preview.MostSeconds, Findings = PilotView.Findings(preview.Findings),
        });
        if (mode == ProgressMode.Auto)
        {
            foreach (string line in (string[])[.. PilotView.Findings(preview.Findings), .. PilotView.Estimate(preview)])
            {
                Context.Terminal.WriteErrorLine(line);
            }
        }
    }

    private void Show(ParseResult parse, PilotPreview preview)
    {
        if (WantsJson(parse))
        {
            Context.Terminal.Output.WriteLine(preview.ToJson());
        }
        else
        {
            PilotView.Write(Context.Terminal, preview);
        }
    }
}
