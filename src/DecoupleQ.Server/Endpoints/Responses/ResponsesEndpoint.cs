using System.Text.Json.Nodes;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Server.Streaming;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints.Responses;

/// <summary><c>POST /v1/responses</c>, without state: a request brings its whole conversation.</summary>
/// <param name="choice">Which model answers.</param>
/// <param name="options">Limits.</param>
internal sealed class ResponsesEndpoint(ModelChoice choice, ServerOptions options)
{
    public async Task HandleAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;
        RequestFields fields = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel served = choice.For(context, fields);
        ChatModel chat = served.RequireChat();
        ResponseRequest request = ResponseRequest.Read(fields, options);
        ChatTurn turn = chat.Prepare(request.Question, aborted);
        RequestRecord record = RequestRecord.Of(context);
        record.AddPrompt(served.Texts.PromptLength(turn.Ids), turn.Prompt.Text);
        var builder = new ResponseBuilder(request, served.Name);
        EventStream? events = request.Stream ? new EventStream(context, options.WriteTimeout) : null;
        var answer = new AnswerStream(served, turn, 0, record);
        try
        {
            bool isCut = false, begun = false;
            await foreach (AnswerPiece piece in answer.ReadAsync(aborted).ConfigureAwait(false))
            {
                if (!begun)
                {
                    // Not before it has its place: what is refused is refused with a status code.
                    begun = true;
                    await WriteAsync(builder.Begin()).ConfigureAwait(false);
                }
                foreach (AnswerUpdate update in piece.Updates)
                {
                    await WriteAsync(builder.Add(update)).ConfigureAwait(false);
                }
                isCut |= piece.Token.FinishReason is FinishReason.MaxTokens or FinishReason.ContextFull;
            }
            await WriteAsync(builder.End(isCut, record.Usage())).ConfigureAwait(false);
            if (events is null)
            {
                await context.Response.WriteAsJsonAsync(
                    builder.Response(isCut, record.Usage()), ServerJson.Plain.JsonObject, cancellationToken: aborted).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (events?.HasBegun == true && ErrorTranslation.Of(error) is ApiException told)
        {
            record.Fail(error);
            await WriteAsync(builder.Fail(told)).ConfigureAwait(false);
        }

        async ValueTask WriteAsync(IReadOnlyList<JsonObject> told)
        {
            foreach (JsonObject item in events is null ? [] : told)
            {
                await events!.WriteAsync(item, ServerJson.Plain.JsonObject, (string?)item["type"]).ConfigureAwait(false);
            }
        }
    }
}
