using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using DecoupleQ.Server.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Monitoring;

/// <summary>Notes every request: in the metrics, and as a line of the log, without what was said unless that is asked for.</summary>
/// <param name="models">The models that answer.</param>
/// <param name="metrics">The metrics.</param>
/// <param name="live">Counts as it goes.</param>
/// <param name="watches">Told of each answer.</param>
/// <param name="content">Whether prompts and answers are logged.</param>
/// <param name="logger">The log.</param>
internal sealed partial class RequestLog(ServedModels models, ServerMetrics metrics, LiveCounts live, Watches watches, bool content, ILogger<RequestLog> logger)
{
    /// <summary>What stands for the status of a request whose client has left.</summary>
    public const int ClientLeft = 499;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        CancellationToken left = context.RequestAborted;
        string? route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        var record = new RequestRecord(Routes.NameOf(route), content, live, watches);
        context.Features.Set(record);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            if (record is { IsShared: true, Model: ServedModel answered })
            {
                models.Canary?.Note(answered, record.Failure is not null);
            }
            int status = left.IsCancellationRequested ? ClientLeft : context.Response.StatusCode;
            // Whoever watches asks every second.
            if (status != StatusCodes.Status200OK || record.Route is not (Routes.Health or Routes.Ready or Routes.Metrics or Routes.PageStatus))
            {
                Note(context.Request.Method, record, status);
            }
        }
    }

    private void Note(string method, RequestRecord record, int status)
    {
        metrics.Add(record, status);
        Served(
            logger, method, record.Route, status, record.Model?.Name ?? "-", record.PromptTokens, record.CachedTokens, record.WrittenTokens,
            Milliseconds(record.QueueTime), Milliseconds(record.TimeToFirstToken), Milliseconds(record.Elapsed));
        if (record is { Failure: DecoupleQException { IsModelFault: true } fault, Model: ServedModel model })
        {
            ModelFailed(logger, model.Name, fault.Message);
        }
        if (content && record.Prompt is string prompt)
        {
            Said(logger, Quoted(prompt), string.Join(", ", record.Answers.Select(Quoted)));
        }
    }

    // As JSON: whatever somebody says is one line, and nothing that a terminal follows.
    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static string Milliseconds(TimeSpan? time) => time?.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) ?? "-";

    [LoggerMessage(
        LogLevel.Information,
        "{Method} {Route} {Status} model={Model} prompt={PromptTokens} cached={CachedTokens} written={WrittenTokens} queue={QueueMs} first={FirstMs} ms={Ms}")]
    private static partial void Served(
        ILogger logger, string method, string route, int status, string model, int promptTokens, int cachedTokens, int writtenTokens, string queueMs,
        string firstMs, string ms);

    [LoggerMessage(LogLevel.Error, "The model '{Model}' failed: {Message}")]
    private static partial void ModelFailed(ILogger logger, string model, string message);

    [LoggerMessage(LogLevel.Information, "prompt: {Prompt} answers: {Answers}")]
    private static partial void Said(ILogger logger, string prompt, string answers);
}
