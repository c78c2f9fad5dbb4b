using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Evaluation;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq eval MODEL --text FILE</c></summary>
internal sealed class EvalCommand : ToolCommand, IEndsAtGates
{
    private readonly PathArgument _model = ModelArgument.Create();
    private readonly PathOption _text = SharedOptions.Text();
    private readonly NumberOption<int> _context = SharedOptions.Context("Ids in a window");
    private readonly NumberOption<int> _maxWindows = SharedOptions.MaxWindows();
    private readonly PathOption _against = new(
        "--against", [], "DENSE", "Compare with this model: KL divergence and top-1 agreement", ModelArgument.Expected + " with the same vocabulary");

    private readonly EvaluationGate _gate = new();
    private readonly Option<bool> _exact = new("--exact")
    {
        Description = "Evaluate with the weights dequantized to float32, and with the packed kernels too, and state the difference",
    };

    private readonly KeyValuesOption _keyValues = new(new EvaluationOptions().KeyValues);
    private readonly ThreadsOption _threads = new();
    private readonly CopyWeightsOption _copyWeights = new();
    private readonly ProgressOption _progress = new();

    public EvalCommand(ToolContext context)
        : base("eval", "Measure the perplexity of a model, alone or against another", context)
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
    ];

    protected override int Execute(ParseResult parse)
    {
        string? against = parse.GetValue(_against);
        _gate.RequireReference(parse, against);
        bool events = parse.GetValue(_progress) == ProgressMode.Json;
        Tell(events, "started", line => line with { Command = Name, Model = parse.GetRequiredValue(_model) });
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
