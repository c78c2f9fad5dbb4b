using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Server;
using DecoupleQ.Server.Baselines;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq baseline MODEL --text|--requests|--log .. -o FILE</c>: what a model's answers are like while all is well.</summary>
internal sealed class BaselineCommand : ToolCommand
{
    private const string DefaultOutput = "baseline.json";

    private static readonly BaselineOptions Defaults = new() { Server = new ServerOptions { Model = "" } };

    private readonly PathArgument _model = ModelArgument.Create();

    private readonly PathOption _requests = new(
        "--requests", [], "FILE", "Answer these requests of the API, a JSON object a line", "a file with a request of the API a line");

    private readonly PathOption _text = new("--text", [], "FILE", "Answer prompts that are cut from this text", "a text file");

    private readonly PathsOption _log = new(
        "--log", "FILE", "Take the answers that the model has given in service, from its monitor log; may be repeated", "a monitor log, or its folder");

    private readonly PathOption _output = new(
        "--output", ["-o"], "FILE", $"Where the baseline is written [default: {DefaultOutput}]", "a file that may be written");

    private readonly Option<string> _name = new("--name")
    {
        Description = "The name that the model is served by [default: that of its folder or file]",
        HelpName = "NAME",
    };

    private readonly NumberOption<int> _count = new("--count", "How many prompts are cut from the text", BaselineOptions.RequestsRange, Defaults.Requests);

    private readonly NumberOption<int> _characters = new(
        "--prompt-characters", "The most characters of a prompt that is cut from the text", BaselineOptions.PromptRange, Defaults.PromptCharacters);

    private readonly NumberOption<int> _maxTokens = new(
        "--max-tokens", "The most tokens of an answer to such a prompt", OptionRange.Whole(1), Defaults.AnswerTokens) { Aliases = { "-n" } };

    private readonly NumberOption<ulong> _seed = new("--seed", "Seed of the places where prompts are cut, and of their answers", OptionRange.Seed, 0);

    private readonly PathOption _template = new(
        "--chat-template", [], "FILE", "A chat template to use instead of the model's", "a Jinja file, or a JSON file with a chat_template");

    private readonly PathOption _toolTemplate = new(
        "--tool-template", [], "FILE", "A chat template for conversations with tools, where the model's does not show them", "a Jinja file");

    private readonly LoadingOptions _loading = new();
    private readonly ProgressOption _progress = new();

    public BaselineCommand(ToolContext context)
        : base("baseline", "Note what a model's answers are like, so that 'serve' can say when they differ", context)
    {
        Add(_model);
        foreach (Option option in (ReadOnlySpan<Option>)
            [_requests, _text, _log, _output, _name, _count, _characters, _maxTokens, _seed, _template, _toolTemplate, .. _loading.All, _progress])
        {
            Add(option);
        }
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "baseline MODEL --requests requests.jsonl -o baseline.json",
        "baseline MODEL --text text.txt",
        "baseline MODEL --log monitor",
    ];

    protected override int Execute(ParseResult parse)
    {
        BaselineOptions options = Read(parse);
        string output = parse.GetValue(_output) ?? DefaultOutput, model = parse.GetRequiredValue(_model);
        bool events = parse.GetValue(_progress) == ProgressMode.Json;
        Tell(events, "started", line => line with { Command = Name, Model = model });
        Baseline baseline = parse.GetValue(_log) is { Length: > 0 } log
            ? BaselineRun.OfLogAsync(options, log, Context.Cancellation).GetAwaiter().GetResult()
            : ProgressDisplay.Run(
                Context.Terminal, parse.GetValue(_progress), new BaselineEvents(Context.Events), "answering", BaselineProgressText.Describe(),
                (IProgress<BaselineProgress> progress) => Measure(parse, options, progress));
        baseline.Write(output);
        var document = new BaselineDocument(
            output, baseline.Model, baseline.Routes.ToDictionary(route => route.Key, route => new BaselineDocument.Route(
                route.Value.Answers, route.Value.Signals.ToDictionary(signal => signal.Key, signal => signal.Value.Average()))));
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, document, ToolJson.Default.BaselineDocument);
        }
        else
        {
            BaselineView.Write(Context.Terminal.OutputConsole, document);
        }
        Tell(events, "finished", line => line with { ExitCode = ExitCodes.Success });
        return ExitCodes.Success;
    }

    private Baseline Measure(ParseResult parse, BaselineOptions options, IProgress<BaselineProgress> progress) =>
        (parse.GetValue(_requests) is string requests
            ? BaselineRun.OfRequestsAsync(options, requests, progress, Context.Cancellation)
            : BaselineRun.OfTextAsync(options, parse.GetRequiredValue(_text), progress, Context.Cancellation)).GetAwaiter().GetResult();

    private BaselineOptions Read(ParseResult parse)
    {
        Option[] sources = [.. new Option[] { _requests, _text, _log }.Where(option => parse.GetResult(option) is { Implicit: false })];
        if (sources.Length != 1)
        {
            throw new UsageException(
                sources.Length == 0 ? "It does not say what the answers are to." : "They are several sources of answers.",
                sources.Length == 0 ? _requests.Name : string.Join(", ", sources.Select(option => option.Name)), "one of --requests, --text and --log");
        }
        foreach (Option option in new Option[] { _count, _characters, _maxTokens, _seed })
        {
            if (sources[0] != _text && parse.GetResult(option) is { Implicit: false })
            {
                throw new UsageException("It is about prompts that are cut from a text.", option.Name, "--text beside it");
            }
        }
        foreach (Option option in new Option[] { _template, _toolTemplate })
        {
            if (sources[0] == _log && parse.GetResult(option) is { Implicit: false })
            {
                throw new UsageException("Nothing is asked of the model that a template would be for.", option.Name, "--requests or --text beside it");
            }
        }
        return Defaults with
        {
            Server = Defaults.Server with
            {
                Model = parse.GetRequiredValue(_model),
                Name = parse.GetValue(_name),
                ChatTemplate = parse.GetValue(_template),
                ToolTemplate = parse.GetValue(_toolTemplate),
                Loading = _loading.Read(parse),
            },
            Requests = _count.ValueIn(parse),
            PromptCharacters = _characters.ValueIn(parse),
            AnswerTokens = _maxTokens.ValueIn(parse),
            Seed = _seed.ValueIn(parse),
        };
    }
}
