using System.CommandLine;
using DecoupleQ.Chat;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Generation;
using DecoupleQ.Grammars;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq generate MODEL --prompt "..."</c></summary>
internal sealed class GenerateCommand : ToolCommand
{
    private readonly PathArgument _model = ModelArgument.Create();
    private readonly Option<string> _prompt = new("--prompt", "-p")
    {
        Description = "The text to continue, or with --chat to answer",
        HelpName = "TEXT",
    };

    private readonly PathOption _promptFile = new(
        "--prompt-file",
        ["-f"],
        "FILE",
        "A file with that text, in UTF-8; - for standard input. A line end at its end is left out",
        "a text file, or - for standard input");

    private readonly Option<bool> _chat = new("--chat")
    {
        Description = "Answer the prompt as the first turn of a conversation, with the model's chat template",
    };

    private readonly ChatOptions _conversation = new();
    private readonly SamplingOptions _sampling = new(new GenerationOptions().MaxTokens, "the prompt");
    private readonly GrammarOptions _grammar = new();
    private readonly NumberOption<int> _context = SharedOptions.ModelContext();
    private readonly KeyValuesOption _keyValues = new(new LanguageModelOptions().KeyValues);
    private readonly ThreadsOption _threads = new();
    private readonly CopyWeightsOption _copyWeights = new();
    private readonly RawOption _raw = new();

    public GenerateCommand(ToolContext context)
        : base("generate", "Continue a text", context)
    {
        Add(_model);
        Add(_prompt);
        Add(_promptFile);
        Add(_chat);
        _conversation.AddTo(this);
        _sampling.AddTo(this);
        _grammar.AddTo(this);
        Add(_context);
        Add(_keyValues);
        Add(_threads);
        Add(_copyWeights);
        Add(_raw);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "generate MODEL -p \"Once upon a time\" -n 64 --temperature 0",
        "generate MODEL -f prompt.txt --temperature 0.8 --top-p 0.95 -s 1",
        "generate MODEL --chat -p \"What is a captain?\" --temperature 0 --json",
        "generate MODEL -p \"The captain's name and age as JSON: \" --json-schema person.json",
    ];

    protected override int Execute(ParseResult parse)
    {
        _raw.Apply(parse, Context.Terminal);
        bool json = WantsJson(parse);
        GenerationOptions options = _sampling.Read(parse, json);
        Grammar? grammar = _grammar.Read(parse);
        string prompt = ReadPrompt(parse);
        string path = parse.GetRequiredValue(_model);
        ChatTemplate? template = ReadTemplate(parse, path);
        LanguageModelOptions loading = new()
        {
            Threads = _threads.ValueIn(parse),
            Access = _copyWeights.ValueIn(parse),
            ContextLength = parse.GetValue(_context),
            KeyValues = _keyValues.ValueIn(parse),
        };
        using LanguageModel model = Load(path, loading);
        Action<string>? print = json ? null : Context.Terminal.Stream;
        GenerationResult result;
        if (template is null)
        {
            options = options with { Constraint = GrammarOptions.Constraint(grammar, model, [.. model.EndIds, .. options.EndIds]) };
            result = new TextGenerator(model).Generate(prompt, options, print, Context.Cancellation);
        }
        else
        {
            using ChatSession session = _conversation.Start(parse, model, template);
            options = options with { Constraint = GrammarOptions.Constraint(grammar, model, [.. session.EndIds, .. options.EndIds]) };
            result = session.Answer(prompt, options, print, Context.Cancellation);
        }
        if (json)
        {
            JsonOutput.Write(Context.Terminal.Output, GenerateDocument.From(result, model.Tokenizer), ToolJson.Default.GenerateDocument);
        }
        else
        {
            Context.Terminal.Output.WriteLine();
            Context.Terminal.Error.WriteLine(GenerationText.Summary(result));
        }
        return ExitCodes.Success;
    }

    private string ReadPrompt(ParseResult parse)
    {
        switch (parse.GetValue(_prompt), parse.GetValue(_promptFile))
        {
            case (string text, null):
                return text;
            case (null, string file):
                string read = TextInput.ReadFileOrInput(file, _promptFile.Name, Context.Cancellation);
                return read.EndsWith("\r\n", StringComparison.Ordinal) ? read[..^2] : read.EndsWith('\n') ? read[..^1] : read;
            case (null, null):
                throw new UsageException("It is required.", _prompt.Name, "a text, here or in a file that --prompt-file names");
            default:
                throw new UsageException("It was given beside --prompt.", _promptFile.Name, "one of the two");
        }
    }

    private ChatTemplate? ReadTemplate(ParseResult parse, string model)
    {
        if (parse.GetValue(_chat))
        {
            return _conversation.ReadTemplate(parse, model);
        }
        foreach (Option option in _conversation.All)
        {
            if (parse.GetResult(option) is { Implicit: false })
            {
                throw new UsageException("It belongs to a conversation.", option.Name, "--chat beside it");
            }
        }
        return null;
    }
}
