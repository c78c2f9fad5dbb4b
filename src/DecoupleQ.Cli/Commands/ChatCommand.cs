using System.CommandLine;
using System.Text;
using DecoupleQ.Chat;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Generation;
using DecoupleQ.Grammars;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq chat MODEL</c>: each line of standard input is answered or, if it is a command, followed, until the input ends.</summary>
internal sealed class ChatCommand : ToolCommand
{
    // Long enough for most answers, short enough that a model that does not stop gives the user another turn.
    private const int LongestAnswer = 1024;

    private readonly PathArgument _model = ModelArgument.Create(", with a chat template");
    private readonly ChatOptions _conversation = new();
    private readonly SamplingOptions _sampling = new(LongestAnswer, "what is said");
    private readonly GrammarOptions _grammar = new();
    private readonly NumberOption<int> _context = SharedOptions.ModelContext();
    private readonly KeyValuesOption _keyValues = new(new LanguageModelOptions().KeyValues);
    private readonly ThreadsOption _threads = new();
    private readonly CopyWeightsOption _copyWeights = new();
    private readonly RawOption _raw = new();

    public ChatCommand(ToolContext context)
        : base("chat", $"Talk with a model: each line is answered; {ChatLine.Help} lists commands, {ChatLine.Exit} or the end of input ends it", context)
    {
        Add(_model);
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
        "chat MODEL",
        "chat MODEL --system \"Be brief.\" --template-var enable_thinking=false",
        "chat MODEL --regex \"yes|no\"",
    ];

    protected override int Execute(ParseResult parse)
    {
        _raw.Apply(parse, Context.Terminal);
        bool json = WantsJson(parse);
        GenerationOptions options = _sampling.Read(parse, json);
        Grammar? grammar = _grammar.Read(parse);
        string path = parse.GetRequiredValue(_model);
        ChatTemplate template = _conversation.ReadTemplate(parse, path);
        LanguageModelOptions loading = new()
        {
            Threads = _threads.ValueIn(parse),
            Access = _copyWeights.ValueIn(parse),
            ContextLength = parse.GetValue(_context),
            KeyValues = _keyValues.ValueIn(parse),
        };
        using LanguageModel model = Load(path, loading);
        using ChatSession session = _conversation.Start(parse, model, template);
        options = options with { Constraint = GrammarOptions.Constraint(grammar, model, [.. session.EndIds, .. options.EndIds]) };
        var turns = new List<ChatTurn>();
        var input = new ChatInput(Context.Terminal, Context.Cancellation);
        if (Context.Terminal.IsInputLive)
        {
            Context.Terminal.Error.WriteLine($"{ChatLine.Help} lists commands, {ChatLine.Exit} or Ctrl-D ends the conversation.");
        }
        while (input.Next() is ChatLine line && line.Command != ChatLine.Exit)
        {
            try
            {
                if (Follow(line, session, options, json) is ChatTurn turn)
                {
                    turns.Add(turn);
                }
            }
            catch (DecoupleQException error) when (Context.Terminal.IsInputLive)
            {
                // Whoever types can do something about it; the conversation is as it was.
                Context.Terminal.Error.WriteLine(error.Message);
            }
        }
        if (json)
        {
            JsonOutput.Write(Context.Terminal.Output, new ChatDocument(turns), ToolJson.Default.ChatDocument);
        }
        return ExitCodes.Success;

        ChatTurn? Follow(ChatLine line, ChatSession session, GenerationOptions options, bool json)
        {
            if (line.Command is not (null or ChatLine.Regenerate))
            {
                Do(line, session);
                return null;
            }
            if (line.Command is null && string.IsNullOrWhiteSpace(line.Text))
            {
                return null;
            }
            return Answer(session, line.Command is null ? line.Text : null, options, json) is GenerationResult answer
                ? new ChatTurn(session.Messages[^2].Content, GenerateDocument.From(answer, model.Tokenizer))
                : null;
        }
    }

    /// <summary>Does what a command asks for that is about the conversation and not an answer.</summary>
    /// <exception cref="DecoupleQException">There is no such command, or it cannot be done.</exception>
    private void Do(ChatLine line, ChatSession session)
    {
        switch (line.Command)
        {
            case ChatLine.Help:
                foreach ((string name, string meaning) in ChatLine.All)
                {
                    Context.Terminal.Error.WriteLine($"  {name,-14}{meaning}");
                }
                break;
            case ChatLine.New:
                session.Clear();
                break;
            case ChatLine.System:
                session.Instructions = line.Text.Length > 0 ? line.Text : null;
                Context.Terminal.Error.WriteLine(
                    session.Instructions is null ? "There are no instructions now." : "The instructions stand before the conversation from now on.");
                break;
            case ChatLine.Save:
                ConversationJson.Write(File(line), session.Messages);
                Context.Terminal.Error.WriteLine($"{Messages(session)} in {line.Text}.");
                break;
            case ChatLine.Load:
                session.Restore(ConversationJson.ToMessages(ConversationJson.Read(File(line))));
                Context.Terminal.Error.WriteLine($"{Messages(session)} from {line.Text}.");
                break;
            default:
                throw new DecoupleQException(
                    "There is no such command.", field: line.Command,
                    expected: string.Join(", ", ChatLine.All.Select(command => command.Name)) + ", or a blank before a message that begins so");
        }

        static string File(ChatLine line) => line.Text.Length > 0
            ? line.Text
            : throw new DecoupleQException("It needs a file.", field: line.Command, expected: $"{line.Command} FILE");

        static string Messages(ChatSession session) => session.Messages.Count == 1 ? "1 message" : $"{session.Messages.Count} messages";
    }

    /// <summary>Answers what is said, or if that is null the last message again.</summary>
    /// <returns>The answer; null if Ctrl-C ended it.</returns>
    private GenerationResult? Answer(ChatSession session, string? line, GenerationOptions options, bool json)
    {
        bool begins = session.Messages.All(message => message.Role == ChatMessage.System);
        if (line is null && !session.CanAnswerAgain)
        {
            throw new DecoupleQException("There is no answer to be given again.", field: ChatLine.Regenerate, expected: "a message and its answer before it");
        }
        // A program that reads the turns at the end is given all of them or none.
        using TerminationSignals.Part? part = json ? null : Context.Signals.BeginPart();
        CancellationToken cancellation = part?.Token ?? Context.Cancellation;
        StringBuilder said = new();
        GenerationResult answer;
        try
        {
            answer = line is null ? session.AnswerAgain(options, Say, cancellation) : session.Answer(line, options, Say, cancellation);
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

    // What was said stays said: the next question may be about it. An answer that was to be given again stays what it was.
    private void Interrupt(ChatSession session, string? line, string said)
    {
        string kept = line is null ? "the earlier one" : said.Length > 0 ? "what there is of it" : "nothing of it";
        if (line is not null && said.Length > 0)
        {
            session.Add(line, said);
        }
        Context.Terminal.Output.WriteLine();
        Context.Terminal.Error.WriteLine(
            $"The answer was ended by Ctrl-C; {kept} stays in the conversation. {ChatLine.Exit}, Ctrl-D or another Ctrl-C ends the conversation.");
    }
}
