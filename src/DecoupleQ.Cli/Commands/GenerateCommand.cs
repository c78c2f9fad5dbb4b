using System.CommandLine;
using DecoupleQ.Chat;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Generation;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq generate MODEL --prompt "..."</c></summary>
internal sealed class GenerateCommand : ToolCommand
{
    private readonly PathArgument _model = ModelArgument.Create();
    private readonly Option<string> _prompt = new("--prompt")
    {
        Description = "The text to continue, or with --chat to answer",
        HelpName = "TEXT",
        Required = true,
    };

    private readonly Option<bool> _chat = new("--chat")
    {
        Description = "Answer the prompt as the first turn of a conversation, with the model's chat template",
    };

    private readonly ChatOptions _conversation = new();
    private readonly SamplingOptions _sampling = new(new GenerationOptions().MaxTokens, "the prompt");
    private readonly NumberOption<int> _context = SharedOptions.ModelContext();
    private readonly KeyValuesOption _keyValues = new(new LanguageModelOptions().KeyValues);
    private readonly NumberOption<int> _threads = SharedOptions.Threads();

    public GenerateCommand(ToolContext context)
        : base("generate", "Continue a text", context)
    {
        Add(_model);
        Add(_prompt);
        Add(_chat);
        _conversation.AddTo(this);
        _sampling.AddTo(this);
        Add(_context);
        Add(_keyValues);
        Add(_threads);
        AddCommonOptions();
    }

    protected override int Execute(ParseResult parse)
    {
        bool json = WantsJson(parse);
        GenerationOptions options = _sampling.Read(parse, json);
        string path = parse.GetRequiredValue(_model);
        ChatTemplate? template = ReadTemplate(parse, path);
        LanguageModelOptions loading = new()
        {
            Threads = parse.GetValue(_threads) ?? 0,
            ContextLength = parse.GetValue(_context),
            KeyValues = _keyValues.ValueIn(parse),
        };
        using LanguageModel model = Load(path, loading);
        string prompt = parse.GetRequiredValue(_prompt);
        Action<string>? print = json ? null : Context.Terminal.Stream;
        GenerationResult result = template is null
            ? new TextGenerator(model).Generate(prompt, options, print, Context.Cancellation)
            : _conversation.Start(parse, model, template).Answer(prompt, options, print, Context.Cancellation);
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
