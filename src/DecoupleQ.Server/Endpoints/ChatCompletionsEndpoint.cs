using System.Runtime.CompilerServices;
using System.Text;
using DecoupleQ.Chat;
using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Server.Streaming;
using DecoupleQ.Serving;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints;

/// <summary><c>POST /v1/chat/completions</c>: answers conversations.</summary>
/// <param name="served">The model.</param>
/// <param name="options">Limits.</param>
internal sealed class ChatCompletionsEndpoint(ServedModel served, ServerOptions options)
{
    private const string Whole = "chat.completion", Chunk = "chat.completion.chunk";

    public async Task HandleAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;
        RequestFields fields = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ChatTemplate template = served.Template ?? throw new ApiException(
            StatusCodes.Status400BadRequest, "The model has no chat template, so it cannot chat; /v1/completions continues texts.", "model",
            "model_not_supported");
        ChatRequest request = ChatRequest.Read(fields, served, options);
        ChatPrompt rendered = template.RenderJson(request.Messages, request.Template, aborted);
        int[] prompt = [.. rendered.Encode(served.Model.Tokenizer)];
        RequestRecord record = RequestRecord.Of(context);
        record.AddPrompt(served.Texts.PromptLength(prompt), rendered.Text);
        Func<CancellationToken, IAsyncEnumerable<ChatChoice>>[] streams =
        [
            .. Enumerable.Range(0, request.Count).Select(
                index => (Func<CancellationToken, IAsyncEnumerable<ChatChoice>>)(ended => AnswerAsync(request, prompt, index, record, ended))),
        ];
        string id = Identity.New("chatcmpl-");
        long created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        if (!request.Stream)
        {
            var parts = new List<ChatChoice>[streams.Length];
            await foreach (ChatChoice part in Interleaved.MergeAsync(streams, options.Limits.Running, aborted).ConfigureAwait(false))
            {
                (parts[part.Index] ??= []).Add(part);
            }
            await context.Response.WriteAsJsonAsync(
                Response(Whole, [.. parts.Select(Joined)], record.Usage()), ServerJson.Plain.ChatCompletion, cancellationToken: aborted)
                .ConfigureAwait(false);
            return;
        }
        var events = new EventStream(context, options.WriteTimeout);
        try
        {
            await foreach (ChatChoice part in Interleaved.MergeAsync(streams, options.Limits.Running, aborted).ConfigureAwait(false))
            {
                await events.WriteAsync(Response(Chunk, [part], null), ServerJson.Plain.ChatCompletion).ConfigureAwait(false);
            }
            if (request.StreamUsage)
            {
                await events.WriteAsync(Response(Chunk, [], record.Usage()), ServerJson.Plain.ChatCompletion).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (events.HasBegun && ErrorTranslation.Of(error) is ApiException told)
        {
            await events.WriteAsync(ErrorBody.Of(told), ServerJson.Plain.ErrorBody).ConfigureAwait(false);
        }
        await events.EndAsync().ConfigureAwait(false);

        ChatCompletion Response(string kind, IReadOnlyList<ChatChoice> choices, Usage? usage) =>
            new(id, kind, created, served.Name, served.Fingerprint, choices, usage);
    }

    private static ChatChoice Joined(IReadOnlyList<ChatChoice> parts)
    {
        var content = new StringBuilder();
        foreach (ChatChoice part in parts)
        {
            content.Append(part.Delta?.Content);
        }
        TokenEntry[] logs = [.. parts.SelectMany(part => part.Logprobs?.Content ?? [])];
        return new ChatChoice(parts[0].Index)
        {
            Message = new AnswerMessage(ChatMessage.Assistant, content.ToString()),
            Logprobs = parts.Any(part => part.Logprobs is not null) ? new(logs) : null,
            FinishReason = parts[^1].FinishReason,
        };
    }

    private async IAsyncEnumerable<ChatChoice> AnswerAsync(
        ChatRequest request, int[] prompt, int index, RequestRecord record, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        GenerationOptions sampling = request.Options.Seed is ulong seed
            ? request.Options with { Seed = unchecked(seed + (ulong)index) }
            : request.Options;
        var text = new TextRequest { Options = sampling, TextStandsAlone = true, Follows = index > 0, Watch = record };
        var logs = new List<TokenLogProbabilities>();
        bool begun = false;
        await foreach (GeneratedToken token in served.Texts.GenerateAsync(prompt, text, cancellationToken).ConfigureAwait(false))
        {
            record.AddToken(index, token.Text);
            if (token.LogProbabilities is TokenLogProbabilities log)
            {
                logs.Add(log);
            }
            if (token.Result is GenerationResult result && index == 0)
            {
                record.AddCached(result.ReusedTokens);
            }
            if (!begun)
            {
                begun = true;
                yield return new ChatChoice(index) { Delta = new() { Role = ChatMessage.Assistant, Content = "" } };
            }
            if (token.Text.Length > 0)
            {
                yield return new ChatChoice(index) { Delta = new() { Content = token.Text }, Logprobs = Taken(request, logs) };
            }
            if (token.FinishReason is FinishReason reason)
            {
                yield return new ChatChoice(index)
                {
                    Delta = new(),
                    Logprobs = logs.Count > 0 ? Taken(request, logs) : null,
                    FinishReason = FinishReasons.Of(reason),
                };
            }
        }
    }

    private ChoiceLogProbabilities? Taken(ChatRequest request, List<TokenLogProbabilities> logs)
    {
        if (request.Options.LogProbabilities is not int best)
        {
            return null;
        }
        var taken = new ChoiceLogProbabilities([.. logs.Select(log => served.TokenTexts.Entry(log, best > 0))]);
        logs.Clear();
        return taken;
    }
}
