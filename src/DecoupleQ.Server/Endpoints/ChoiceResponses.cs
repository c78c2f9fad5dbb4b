using System.Text.Json.Serialization.Metadata;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Server.Streaming;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints;

/// <summary>Responses that consist of choices, whole or piece by piece.</summary>
/// <typeparam name="TChoice">A choice, or a piece of one.</typeparam>
/// <typeparam name="TResponse">A response, or a chunk of one.</typeparam>
/// <param name="index">Which choice a piece is of.</param>
/// <param name="join">Makes a choice of its pieces.</param>
/// <param name="respond">Makes a response of choices, or a chunk of a piece.</param>
/// <param name="type">How a response is written.</param>
internal sealed class ChoiceResponses<TChoice, TResponse>(
    Func<TChoice, int> index, Func<IReadOnlyList<TChoice>, TChoice> join, Func<bool, IReadOnlyList<TChoice>, Usage?, TResponse> respond,
    JsonTypeInfo<TResponse> type)
{
    /// <summary>Writes the choices that streams give.</summary>
    /// <param name="context">The request.</param>
    /// <param name="options">Limits.</param>
    /// <param name="streams">Starts each.</param>
    /// <param name="isStreamed">Whether pieces are sent as they come.</param>
    /// <param name="withUsage">Whether the number of tokens comes last then.</param>
    public async Task WriteAsync(
        HttpContext context, ServerOptions options, IReadOnlyList<Func<CancellationToken, IAsyncEnumerable<TChoice>>> streams, bool isStreamed, bool withUsage)
    {
        CancellationToken aborted = context.RequestAborted;
        RequestRecord record = RequestRecord.Of(context);
        IAsyncEnumerable<TChoice> pieces = Interleaved.MergeAsync(streams, options.Limits.Running, aborted);
        if (!isStreamed)
        {
            var parts = new List<TChoice>[streams.Count];
            await foreach (TChoice part in pieces.ConfigureAwait(false))
            {
                (parts[index(part)] ??= []).Add(part);
            }
            await context.Response.WriteAsJsonAsync(
                respond(true, [.. parts.Select(join)], record.Usage()), type, cancellationToken: aborted).ConfigureAwait(false);
            return;
        }
        var events = new EventStream(context, options.WriteTimeout);
        try
        {
            await foreach (TChoice part in pieces.ConfigureAwait(false))
            {
                await events.WriteAsync(respond(false, [part], null), type).ConfigureAwait(false);
            }
            if (withUsage)
            {
                await events.WriteAsync(respond(false, [], record.Usage()), type).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (events.HasBegun && ErrorTranslation.Of(error) is ApiException told)
        {
            record.Fail(error);
            await events.WriteAsync(ErrorBody.Of(told), ServerJson.Plain.ErrorBody).ConfigureAwait(false);
        }
        await events.EndAsync().ConfigureAwait(false);
    }
}
