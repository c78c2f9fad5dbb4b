using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Streaming;

/// <summary>Server-sent events: what is written goes out at once, and a client that takes nothing is dropped.</summary>
/// <param name="context">The request.</param>
/// <param name="patience">How long it may take nothing.</param>
internal sealed class EventStream(HttpContext context, TimeSpan patience)
{
    private static readonly byte[] Data = "data: "u8.ToArray(), End = "\n\n"u8.ToArray(), Done = "data: [DONE]\n\n"u8.ToArray();

    private readonly HttpResponse _response = context.Response;

    /// <summary>Whether anything was written: the status code stands then.</summary>
    public bool HasBegun => _response.HasStarted;

    /// <summary>Writes an event.</summary>
    /// <param name="value">Its data.</param>
    /// <param name="type">How that is written.</param>
    /// <param name="name">The event's name; null for none.</param>
    /// <exception cref="OperationCanceledException">The client has left or was dropped.</exception>
    public async ValueTask WriteAsync<T>(T value, JsonTypeInfo<T> type, string? name = null)
    {
        Begin();
        if (name is not null)
        {
            _response.BodyWriter.Write(System.Text.Encoding.UTF8.GetBytes($"event: {name}\n"));
        }
        _response.BodyWriter.Write(Data);
        _response.BodyWriter.Write(JsonSerializer.SerializeToUtf8Bytes(value, type));
        _response.BodyWriter.Write(End);
        await FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Writes that nothing comes any more.</summary>
    public async ValueTask EndAsync()
    {
        Begin();
        _response.BodyWriter.Write(Done);
        await FlushAsync().ConfigureAwait(false);
    }

    private void Begin()
    {
        if (!_response.HasStarted)
        {
            _response.ContentType = "text/event-stream";
            _response.Headers.CacheControl = "no-store";
            // Proxies would collect events.
            _response.Headers["X-Accel-Buffering"] = "no";
        }
    }

    private async ValueTask FlushAsync()
    {
        ValueTask<System.IO.Pipelines.FlushResult> flush = _response.BodyWriter.FlushAsync(context.RequestAborted);
        if (!flush.IsCompleted)
        {
            try
            {
                await flush.AsTask().WaitAsync(patience, context.RequestAborted).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException)
            {
                context.Abort();
                throw new OperationCanceledException("The client takes nothing of what it is sent.");
            }
        }
        System.IO.Pipelines.FlushResult result = await flush.ConfigureAwait(false);
        if (result.IsCompleted || result.IsCanceled)
        {
            throw new OperationCanceledException("The client has left.");
        }
    }
}
