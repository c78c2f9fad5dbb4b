using System.CommandLine;
using DecoupleQ.Chat;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Generation;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq chat MODEL</c>: each line of standard input is answered, until it ends.</summary>
internal sealed class ChatCommand : ToolCommand
{
    private const string Exit = "/exit";
    private const string New = "/new";

    // Long enough for most answers, short enough that a model that does not stop gives the user another turn.
    private const int LongestAnswer = 1024;

    private readonly PathArgument _model = ModelArgument.Create(", with a chat template");
    private readonly ChatOptions _conversation = new();
    private readonly SamplingOptions _sampling = new(LongestAnswer, "what is said");
    private readonly NumberOption<int> _context = SharedOptions.ModelContext();
    private readonly KeyValuesOption _keyValues = new(new LanguageModelOptions().KeyValues);
    private readonly NumberOption<int> _threads = SharedOptions.Threads();

    public ChatCommand(ToolContext context)
        : base("chat", $"Talk with a model: each line is answered; {New} starts over, {Exit} or the end of input ends it", context)
    {
        Add(_model);
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
        ChatTemplate template = ChatTemplate.Load(path);
        LanguageModelOptions loading = new()
        {
            Threads = parse.GetValue(_threads) ?? 0,
            ContextLength = parse.GetValue(_context),
            KeyValues = _keyValues.ValueIn(parse),
        };
        using LanguageModel model = Load(path, loading);
        ChatSession session = _conversation.Start(parse, model, template);
        var turns = new List<ChatTurn>();
        if (Context.Terminal.IsInputLive)
        {
            Context.Terminal.Error.WriteLine($"{New} starts over, {Exit} or Ctrl-D ends the conversation.");
        }
        while (ReadLine() is string line && line.Trim() != Exit)
        {
            if (line.Trim() == New)
            {
                session.Clear();
            }
            else if (!string.IsNullOrWhiteSpace(line))
            {
                turns.Add(new ChatTurn(line, GenerateDocument.From(Answer(session, line, options, json), model.Tokenizer)));
            }
        }
        if (json)
        {
            JsonOutput.Write(Context.Terminal.Output, new ChatDocument(turns), ToolJson.Default.ChatDocument);
        }
        return ExitCodes.Success;
    }

    private GenerationResult Answer(ChatSession session, string line, GenerationOptions options, bool json)
    {
        bool begins = session.Messages.All(message => message.Role == ChatMessage.System);
        GenerationResult answer = session.Answer(line, options, json ? null : Context.Terminal.Stream, Context.Cancellation);
        if (!json)
        {
            Context.Terminal.Output.WriteLine();
            Context.Terminal.Output.Flush();
            if (begins && answer.Seed is ulong seed)
            {
                Context.Terminal.Error.WriteLine($"The conversation's seed is {seed}.");
            }
        }
        if (!json && answer.FinishReason is (FinishReason.MaxTokens or FinishReason.ContextFull))
        {
            Context.Terminal.Error.WriteLine($"The answer was ended by {GenerationText.EndedBy(answer.FinishReason)}.");
        }
        return answer;
    }

    private string? ReadLine()
    {
        if (Context.Terminal.IsInputLive)
        {
            Context.Terminal.Error.Write("> ");
            Context.Terminal.Error.Flush();
        }
        // A read cannot be cancelled, but the wait for it can; the process ends without it.
        return Task.Run(Context.Terminal.Input.ReadLine).WaitAsync(Context.Cancellation).GetAwaiter().GetResult();
    }
}
