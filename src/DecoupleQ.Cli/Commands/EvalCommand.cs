using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Evaluation;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Models;
using DecoupleQ.Serving;
using DecoupleQ.Tensors;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq eval MODEL --text FILE</c> or <c>--task FILE --metric M</c></summary>
internal sealed class EvalCommand : ToolCommand, IEndsAtGates, IGroupsOptions
{
    private readonly PathArgument _model = ModelArgument.Create();
    private readonly PathOption _text = SharedOptions.Text(isRequired: false);
    private readonly NumberOption<int> _context = SharedOptions.Context(
        "Ids in a window; with --task the most tokens of a question with its answer, by default the model's");

    private readonly NumberOption<int> _maxWindows = SharedOptions.MaxWindows();
    private readonly PathOption _against = new(
        "--against", [], "DENSE", "Compare with this model: KL divergence and top-1 agreement, or answers to the task",
        ModelArgument.Expected + ", for a text with the same vocabulary");

    private readonly EvaluationGate _gate = new();
    private readonly TaskEvaluationOptions _task = new();
    private readonly Option<bool> _exact = new("--exact")
    {
        Description = "Evaluate with the weights dequantized to float32, and with the packed kernels too, and state the difference",
    };

    private readonly KeyValuesOption _keyValues = new(new EvaluationOptions().KeyValues);
    private readonly ThreadsOption _threads = new();
    private readonly CopyWeightsOption _copyWeights = new();
    private readonly ProgressOption _progress = new();

    public EvalCommand(ToolContext context)
        : base("eval", "Measure the perplexity of a model, or its answers to a task, alone or against another", context)
    {
        Add(_model);
        Add(_text);
        Add(_context);
        Add(_maxWindows);
        Add(_against);
        foreach (Option option in _gate.Options)
        {
            Add(option);
        }
        Add(_exact);
        foreach (Option option in _task.All)
        {
            Add(option);
        }
        Add(_keyValues);
        Add(_threads);
        Add(_copyWeights);
        Add(_progress);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "eval MODEL --text text.txt",
        "eval OUT --text text.txt --against MODEL --max-kl 0.2",
        "eval OUT --text - --max-windows 100 --json",
        "eval OUT --task questions.jsonl --metric contains --against MODEL",
    ];

    public IReadOnlyList<OptionGroup> OptionGroups => [new("Tasks", _task.All)];

    protected override int Execute(ParseResult parse)
    {
        bool isTask = IsTask(parse);
        string? against = parse.GetValue(_against);
        _gate.RequireReference(parse, against);
        bool events = parse.GetValue(_progress) == ProgressMode.Json;
        Tell(events, "started", line => line with { Command = Name, Model = parse.GetRequiredValue(_model) });
        return isTask ? Answer(parse, against, events) : Measure(parse, against, events);
    }

    private bool IsTask(ParseResult parse)
    {
        bool hasTask = parse.GetValue(_task.File) is not null;
        if (hasTask)
        {
            Option[] ofText = [_text, _maxWindows, _exact, .. _gate.Options];
            TaskEvaluationOptions.Refuse(parse, ofText, "It is about a text, and there is a task.", "no --task beside it");
        }
        else if (parse.GetValue(_text) is null)
        {
            throw new UsageException("It does not say what is evaluated.", _text.Name, "--text FILE, or --task FILE and --metric");
        }
        _task.Check(parse);
        return hasTask;
    }

    private int Answer(ParseResult parse, string? against, bool events)
    {
        using TaskEvaluation evaluation = new(Context, parse, _task, parse.GetValue(_progress));
        EvaluationTask task = evaluation.Read();
        LanguageModelOptions loading = new()
        {
            Threads = _threads.ValueIn(parse),
            Access = _copyWeights.ValueIn(parse),
            ContextLength = parse.GetValue(_context),
            KeyValueLimit = TextService.DefaultKeyValueLimit,
        };
        KeyValueFormat keyValues = _keyValues.ValueIn(parse);
        using LanguageModel model = Load(parse.GetRequiredValue(_model), loading, events);
        using LanguageModel? dense = against is null ? null : Load(against, loading, events);
        // Both, before either has worked for hours.
        TaskRun run = evaluation.Prepare(task, model, keyValues);
        TaskRun? reference = dense is null ? null : evaluation.Prepare(task, dense, keyValues);
        TaskResult? before = reference is null ? null : evaluation.Run(reference, "the dense model");
        TaskResult result = evaluation.Run(run, "the model");
        TaskDocument document = TaskDocument.Of(MetricOption.NameOf(task.Metric), result, before is null ? null : TaskComparison.Of(before, result));
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, document, ToolJson.Default.TaskDocument);
        }
        else
        {
            TaskView.Write(Context.Terminal.OutputConsole, document);
        }
        Tell(events, "finished", line => line with { Items = document.Items, Right = document.Right, ExitCode = ExitCodes.Success });
        return ExitCodes.Success;
    }

    private int Measure(ParseResult parse, string? against, bool events)
    {
        using EvaluationInput text = new(parse.GetRequiredValue(_text), _text.Name, Context.Cancellation);
        bool exact = parse.GetValue(_exact);
        EvaluationResult? packed = exact ? Measure(parse, text, Arithmetic.Packed, against: null, "packed kernels") : null;
        EvaluationResult result = Measure(parse, text, exact ? Arithmetic.Float32 : Arithmetic.Packed, against, exact ? "float32" : "evaluating");
        EvalDocument document = new(
            result.Perplexity,
            result.Tokens,
            result.Windows,
            result.Context,
            result.Elapsed.TotalSeconds,
            result.KlDivergence,
            result.Top1Agreement,
            result.ReferencePerplexity,
            packed?.Perplexity,
            packed is null ? null : Math.Abs(packed.Perplexity - result.Perplexity) / result.Perplexity,
            _gate.Check(parse, result.Perplexity, result.KlDivergence, result.Top1Agreement));
        int code = document.Gates?.All(gate => gate.Passed) ?? true ? ExitCodes.Success : ExitCodes.Gate;
        Write(document, WantsJson(parse), events);
        Tell(events, "finished", line => line with { Perplexity = document.Perplexity, ExitCode = code });
        return code;
    }

    private EvaluationResult Measure(ParseResult parse, EvaluationInput text, Arithmetic arithmetic, string? against, string what)
    {
        int? context = parse.GetValue(_context);
        bool events = parse.GetValue(_progress) == ProgressMode.Json;
        LanguageModelOptions loading = new()
        {
            Threads = _threads.ValueIn(parse),
            Access = _copyWeights.ValueIn(parse),
            Arithmetic = arithmetic,
            ContextLength = context,
        };
        EvaluationOptions options = new() { Context = context, MaxWindows = parse.GetValue(_maxWindows), KeyValues = _keyValues.ValueIn(parse) };
        using LanguageModel model = Load(parse.GetRequiredValue(_model), loading, events);
        using LanguageModel? reference = against is null ? null : Load(against, loading, events);
        EvaluationProgress? last = null;
        Context.Interruption.Kept = () => last is null ? null : EvaluationProgressText.SoFar(last);
        return ProgressDisplay.Run(
            Context.Terminal,
            parse.GetValue(_progress),
            new EvaluationEvents(Context.Events, what),
            what,
            EvaluationProgressText.Describe(what),
            (IProgress<EvaluationProgress> progress) => text.Measure(
                model, options, reference, new NotedProgress<EvaluationProgress>(progress, reached => last = reached), Context.Cancellation));
    }

    private void Write(EvalDocument document, bool json, bool events)
    {
        if (json)
        {
            JsonOutput.Write(Context.Terminal.Output, document, ToolJson.Default.EvalDocument);
        }
        else
        {
            EvaluationView.Write(Context.Terminal.OutputConsole, document);
        }
        foreach (EvalDocument.Gate gate in document.Gates ?? [])
        {
            if (!gate.Passed && !events)
            {
                Context.Terminal.Error.WriteLine("decoupleq: " + EvaluationGate.Failure(gate));
            }
        }
    }
}
