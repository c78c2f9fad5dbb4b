using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq tokenize MODEL --text FILE</c></summary>
internal sealed class TokenizeCommand : ToolCommand
{
    private readonly PathArgument _model = new(
        "MODEL",
        "A model, or only its tokenizer: a folder, a GGUF file, a tokenizer.json or a tokenizer.model",
        "a folder with a tokenizer, a .gguf file, a tokenizer.json or a tokenizer.model");

    private readonly PathOption _text = new("--text", [], "FILE", "The text, in UTF-8; - for standard input", "a text file, or - for standard input")
    {
        Required = true,
    };
    private readonly Option<bool> _specialTokens = new("--special-tokens")
    {
        Description = "Take control tokens in the text (<s>, <|im_end|>) as such; they are text otherwise",
    };

    private readonly Option<bool> _addBos = new("--add-bos") { Description = "Put the beginning-of-sequence id before the ids; nothing is added otherwise" };

    public TokenizeCommand(ToolContext context)
        : base("tokenize", "Show the ids and tokens of a text", context)
    {
        Add(_model);
        Add(_text);
        Add(_specialTokens);
        Add(_addBos);
        AddCommonOptions();
    }

    public override IReadOnlyList<string> Examples { get; } =
    [
        "tokenize MODEL --text text.txt",
        "tokenize MODEL --text - --special-tokens --json",
    ];

    protected override int Execute(ParseResult parse)
    {
        string path = parse.GetRequiredValue(_model);
        Tokenizer tokenizer = TokenizerFiles.Load(path);
        Warn(path, TokenizerFiles.WarningsOf(path));
        IEnumerable<int> first = parse.GetValue(_addBos) ? [BeginningId(tokenizer, path)] : [];
        string file = parse.GetRequiredValue(_text), text = TextInput.ReadFileOrInput(file, _text.Name, Context.Cancellation);
        SpecialTokens special = parse.GetValue(_specialTokens) ? SpecialTokens.Recognized : SpecialTokens.AsText;
        int[] ids = [.. first, .. TextInput.Name(file, () => tokenizer.Encode(text, special, Context.Cancellation))];
        TokenizeDocument document = new(ids, [.. ids.Select(id => tokenizer.TokenOf(id)!)]);
        if (WantsJson(parse))
        {
            JsonOutput.Write(Context.Terminal.Output, document, ToolJson.Default.TokenizeDocument);
        }
        else
        {
            TokenList.Write(Context.Terminal.Output, document);
        }
        return ExitCodes.Success;
    }

    private static int BeginningId(Tokenizer tokenizer, string path) => tokenizer.BeginningId
        ?? throw new DecoupleQException(
            "The tokenizer names no beginning-of-sequence token.",
            path,
            "--add-bos",
            "a tokenizer with a bos_token, or no --add-bos");
}
