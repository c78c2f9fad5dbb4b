using System.CommandLine;
using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq render MODEL --messages FILE</c></summary>
internal sealed class RenderCommand : ToolCommand
{
    private const string ExpectedTools = "an array of tools, as in [{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": {}}}]";

    private readonly PathArgument _model = new(
        "MODEL",
        "A model, or only its tokenizer and chat template: a folder or a GGUF file",
        "a folder with a tokenizer and a chat template, or a .gguf file");

    private readonly PathOption _messages = new(
        "--messages", [], "FILE", "The conversation, a JSON array of messages as in OpenAI's API; - for standard input",
        "a JSON file of messages, or - for standard input")
    {
        Required = true,
    };

    private readonly PathOption _tools = new("--tools", [], "FILE", "Tools that the model may call, a JSON array as in OpenAI's API", "a JSON file of tools");

    private readonly Option<bool> _withoutAnswer = new("--no-generation-prompt")
    {
        Description = "End with the conversation, without the beginning of the model's answer",
    };

    private readonly Option<bool> _specialTokens = new("--special-tokens")
    {
        Description = "Take control tokens in the messages as such in the ids of --json; they are text otherwise",
    };

    private readonly ChatOptions _conversation = new();
    private readonly RawOption _raw = new();

    public RenderCommand(ToolContext context)
        : base("render", "Print the prompt that the chat template makes of a conversation", context)
    {
        Add(_model);
        Add(_messages);
        Add(_tools);
        foreach (Option option in _conversation.OfTemplate)
        {
            Add(option);
        }
        Add(_withoutAnswer);
        Add(_specialTokens);
        Add(_raw);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "render MODEL --messages conversation.json",
        "render MODEL --messages conversation.json --tools tools.json --json",
    ];

    protected override int Execute(ParseResult parse)
    {
        _raw.Apply(parse, Context.Terminal);
        string model = parse.GetRequiredValue(_model);
        ChatTemplate template = _conversation.ReadTemplate(parse, model);
        JsonArray messages = ReadMessages(parse.GetRequiredValue(_messages));
        JsonArray? tools = parse.GetValue(_tools) is string file ? ConversationJson.ReadArray(file, ExpectedTools) : null;
        ChatPrompt prompt = template.RenderJson(
            messages,
            _conversation.TemplateOptions(parse, template) with { Tools = tools, AddGenerationPrompt = !parse.GetValue(_withoutAnswer) },
            Context.Cancellation);
        if (WantsJson(parse))
        {
            Tokenizer tokenizer = TokenizerFiles.Load(model);
            Warn(model, TokenizerFiles.WarningsOf(model));
            IReadOnlyList<int> ids = parse.GetValue(_specialTokens)
                ? tokenizer.Encode(prompt.Text, SpecialTokens.Recognized, Context.Cancellation)
                : prompt.Encode(tokenizer, Context.Cancellation);
            JsonOutput.Write(Context.Terminal.Output, new RenderDocument(prompt.Text, ids), ToolJson.Default.RenderDocument);
        }
        else
        {
            // The prompt and nothing else, so that it can be compared and passed on.
            Context.Terminal.Stream(prompt.Text);
        }
        return ExitCodes.Success;
    }

    private JsonArray ReadMessages(string path) => path == TextInput.StandardInput
        ? InputWait.For(() => ConversationJson.Read(StandardStreams.OpenInput(), StandardStreams.InputName), Context.Cancellation)
        : ConversationJson.Read(path);
}
