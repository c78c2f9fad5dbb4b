using System.Runtime.CompilerServices;
using DecoupleQ.Chat;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints;

/// <summary><c>POST /v1/chat/completions</c>: answers conversations.</summary>
/// <param name="choice">Which model answers.</param>
/// <param name="options">Limits.</param>
internal sealed class ChatCompletionsEndpoint(ModelChoice choice, ServerOptions options)
{
    private const string Whole = "chat.completion", Chunk = "chat.completion.chunk", Function = "function";

    public async Task HandleAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;
        RequestFields fields = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel served = choice.For(context, fields);
        ChatModel chat = served.RequireChat();
        ChatRequest request = ChatRequest.Read(fields, served, options);
        ChatTurn turn = chat.Prepare(request.Question, aborted);
        RequestRecord record = RequestRecord.Of(context);
        record.AddPrompt(served.Texts.PromptLength(turn.Ids), turn.Prompt.Text);
        Func<CancellationToken, IAsyncEnumerable<ChatChoice>>[] streams =
        [
            .. Enumerable.Range(0, request.Count).Select(
                index => (Func<CancellationToken, IAsyncEnumerable<ChatChoice>>)(ended => AnswerAsync(served, request, turn, index, record, ended))),
        ];
        string id = Identity.New("chatcmpl-");
        long created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var responses = new ChoiceResponses<ChatChoice, ChatCompletion>(
            choice => choice.Index,
            Joined,
            (isWhole, choices, usage) => new(id, isWhole ? Whole : Chunk, created, served.Name, served.Fingerprint, choices, usage),
            ServerJson.Plain.ChatCompletion);
        await responses.WriteAsync(context, options, streams, request.Stream, request.StreamUsage).ConfigureAwait(false);
    }

    private static ChatChoice Joined(IReadOnlyList<ChatChoice> parts)
    {
        string content = string.Concat(parts.Select(part => part.Delta?.Content));
        string reasoning = string.Concat(parts.Select(part => part.Delta?.ReasoningContent));
        CallDelta[] calls =
        [
            .. parts.SelectMany(part => part.Delta?.ToolCalls ?? []).GroupBy(call => call.Index).Select(call => call.First() with
            {
                Index = null,
                Function = new CallFunction
                {
                    Name = call.First().Function.Name,
                    Arguments = string.Concat(call.Select(piece => piece.Function.Arguments)),
                },
            }),
        ];
        TokenEntry[] logs = [.. parts.SelectMany(part => part.Logprobs?.Content ?? [])];
        return new ChatChoice(parts[0].Index)
        {
            Message = new AnswerMessage(ChatMessage.Assistant, content.Length == 0 && calls.Length > 0 ? null : content)
            {
                ReasoningContent = reasoning.Length > 0 ? reasoning : null,
                ToolCalls = calls.Length > 0 ? calls : null,
            },
            Logprobs = parts.Any(part => part.Logprobs is not null) ? new(logs) : null,
            FinishReason = parts[^1].FinishReason,
        };
    }

    private static AnswerDelta Delta(AnswerUpdate update) => update switch
    {
        AnswerText text => new() { Content = text.Text },
        ReasoningText reasoning => new() { ReasoningContent = reasoning.Text },
        ToolCallBegin begin => Call(new() { Index = begin.Index, Id = begin.Id, Type = Function, Function = new() { Name = begin.Name, Arguments = "" } }),
        ToolCallArguments arguments => Call(new() { Index = arguments.Index, Function = new() { Arguments = arguments.Text } }),
        _ => new(),
    };

    private static AnswerDelta Call(CallDelta call) => new() { ToolCalls = [call] };

    private static async IAsyncEnumerable<ChatChoice> AnswerAsync(
        ServedModel served, ChatRequest request, ChatTurn turn, int index, RequestRecord record,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int? best = request.Question.Options.LogProbabilities;
        var logs = new List<TokenLogProbabilities>();
        bool begun = false;
        await foreach (AnswerPiece piece in new AnswerStream(served, turn, index, record).ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (piece.Token.LogProbabilities is TokenLogProbabilities log)
            {
                logs.Add(log);
            }
            if (!begun)
            {
                begun = true;
                yield return new ChatChoice(index) { Delta = new() { Role = ChatMessage.Assistant, Content = "" } };
            }
            foreach (AnswerUpdate update in piece.Updates.Where(update => update is not ToolCallEnd))
            {
                yield return new ChatChoice(index) { Delta = Delta(update), Logprobs = Taken(served, best, logs) };
            }
            if (piece.Token.FinishReason is FinishReason reason)
            {
                string finish = FinishReasons.Of(reason);
                yield return new ChatChoice(index)
                {
                    Delta = new(),
                    Logprobs = Taken(served, best, logs),
                    FinishReason = finish == FinishReasons.Stop && piece.HasCalls ? FinishReasons.ToolCalls : finish,
                };
            }
        }
    }

    private static ChoiceLogProbabilities? Taken(ServedModel served, int? best, List<TokenLogProbabilities> logs)
    {
        if (best is null || logs.Count == 0)
        {
            return null;
        }
        var taken = new ChoiceLogProbabilities([.. logs.Select(log => served.TokenTexts.Entry(log, best > 0))]);
        logs.Clear();
        return taken;
    }
}
