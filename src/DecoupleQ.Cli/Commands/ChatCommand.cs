using System.CommandLine;
using System.Text;
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
    private readonly ThreadsOption _threads = new();

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

    public override IReadOnlyList<string> Examples { get; } =
    [
        "chat MODEL",
        "chat MODEL --system \"Be brief.\" --template-var enable_thinking=false",
    ];

    protected override int Execute(ParseResult parse)
    {
        bool json = WantsJson(parse);
        GenerationOptions options = _sampling.Read(parse, json);
        string path = parse.GetRequiredValue(_model);
        ChatTemplate template = ChatTemplate.Load(path);
        LanguageModelOptions loading = new()
        {
            Threads = _threads.ValueIn(parse),
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
                if (Answer(session, line, options, json) is GenerationResult answer)
                {
                    turns.Add(new ChatTurn(line, GenerateDocument.From(answer, model.Tokenizer)));
                }
            }
        }
        if (json)
        {
            JsonOutput.Write(Context.Terminal.Output, new ChatDocument(turns), ToolJson.Default.ChatDocument);
        }
        return ExitCodes.Success;
    }

    /// <returns>The answer; null if Ctrl-C ended it.</returns>
    private GenerationResult? Answer(ChatSession session, string line, GenerationOptions options, bool json)
    {
        bool begins = session.Messages.All(message => message.Role == ChatMessage.System);
        // A program that reads the turns at the end is given all of them or none.
        using TerminationSignals.Part? part = json ? null : Context.Signals.BeginPart();
        StringBuilder said = new();
        GenerationResult answer;
        try
        {
            answer = session.Answer(line, options, Say, part?.Token ?? Context.Cancellation);
        }
        catch (OperationCanceledException) when (part is { EndedAlone: true })
        {
            Interrupt(session, line, said.ToString());
            return null;
        }
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

        void Say(string piece)
        {
            said.Append(piece);
            if (!json)
            {
                Context.Terminal.Stream(piece);
            }
        }
    }

    // What was said stays said: the next question may be about it.
    private void Interrupt(ChatSession session, string line, string said)
    {
        if (said.Length > 0)
        {
            session.Add(line, said);
        }
        Context.Terminal.Output.WriteLine();
        Context.Terminal.Error.WriteLine(
            $"The answer was ended by Ctrl-C; {(said.Length > 0 ? "what there is of it" : "nothing of it")} stays in the conversation. "
            + $"{Exit}, Ctrl-D or another Ctrl-C ends the conversation.");
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
