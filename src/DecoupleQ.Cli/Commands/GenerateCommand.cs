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
        using SpooledInput? file = PromptFile(parse);
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
        GenerationResult result = file is null
            ? Generate(parse, model, template, [parse.GetValue(_prompt).AsMemory()], options, grammar)
            : file.WhileReading(() => OfPrompt(
                file.Paths[0], text => Generate(parse, model, template, WithoutLastLineEnd(text), options, grammar), isWhole: template is not null));
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

    private GenerationResult Generate(
        ParseResult parse,
        LanguageModel model,
        ChatTemplate? template,
        IEnumerable<ReadOnlyMemory<char>> prompt,
        GenerationOptions options,
        Grammar? grammar)
    {
        Action<string>? print = WantsJson(parse) ? null : Context.Terminal.Stream;
        if (template is null)
        {
            options = options with { Constraint = GrammarOptions.Constraint(grammar, model, [.. model.EndIds, .. options.EndIds]) };
            return new TextGenerator(model).Generate(prompt, options, print, Context.Cancellation);
        }
        using ChatSession session = _conversation.Start(parse, model, template);
        options = options with { Constraint = GrammarOptions.Constraint(grammar, model, [.. session.EndIds, .. options.EndIds]) };
        return session.Answer(string.Concat(prompt.Select(piece => piece.ToString())), options, print, Context.Cancellation);
    }

    /// <summary>The file that holds the prompt; null if it is given as such.</summary>
    private SpooledInput? PromptFile(ParseResult parse)
    {
        switch (parse.GetValue(_prompt), parse.GetValue(_promptFile))
        {
            case (string, null):
                return null;
            case (null, string file):
                TextInput.RequireText(file, _promptFile.Name);
                return new([file], _promptFile.Name, Context.Cancellation);
            case (null, null):
                throw new UsageException("It is required.", _prompt.Name, "a text, here or in a file that --prompt-file names");
            default:
                throw new UsageException("It was given beside --prompt.", _promptFile.Name, "one of the two");
        }
    }

    /// <summary>What work gives with the text of a file, whose errors about the prompt are about the file.</summary>
    private GenerationResult OfPrompt(string file, Func<IEnumerable<ReadOnlyMemory<char>>, GenerationResult> work, bool isWhole)
    {
        try
        {
            if (isWhole && new FileInfo(file).Length > ConversationJson.MostBytes)
            {
                throw new DecoupleQException("The file is too large.", file, _promptFile.Name, $"at most {ConversationJson.MostBytes} bytes, with --chat");
            }
            return TextInput.WhileReading(file, _promptFile.Name, () => work(isWhole ? [TextFile.Read(file).AsMemory()] : TextFile.ReadPieces(file)));
        }
        catch (DecoupleQException error) when (error.File is null && error.Field is "prompt" or "conversation")
        {
            throw error.In(file);
        }
    }

    private static IEnumerable<ReadOnlyMemory<char>> WithoutLastLineEnd(IEnumerable<ReadOnlyMemory<char>> text)
    {
        string end = "";
        foreach (ReadOnlyMemory<char> piece in text)
        {
            string all = string.Concat(end, piece.Span);
            int certain = Math.Max(0, all.Length - 2);
            yield return all.AsMemory(0, certain);
            end = all[certain..];
        }
        yield return (end.EndsWith("\r\n", StringComparison.Ordinal) ? end[..^2] : end.EndsWith('\n') ? end[..^1] : end).AsMemory();
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
