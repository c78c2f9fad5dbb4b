using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Protocol;

/// <summary>Answers what fails with an error of the API, and ends what takes too long.</summary>
/// <param name="longest">The longest that a request may take.</param>
/// <param name="failed">Told of requests that fail by no fault of theirs, and why: with a status of the 500s, or when their response has begun.</param>
/// <param name="logger">Told of what should not happen.</param>
internal sealed partial class ErrorResponses(TimeSpan longest, Action<HttpContext, Exception> failed, ILogger<ErrorResponses> logger)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        CancellationToken left = context.RequestAborted;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(left);
        ended.CancelAfter(longest);
        context.RequestAborted = ended.Token;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception) when (left.IsCancellationRequested)
        {
            // Nobody is there to be told.
        }
        catch (OperationCanceledException error) when (ended.IsCancellationRequested)
        {
            context.RequestAborted = left;
            await WriteAsync(context, error, new ApiException(
                StatusCodes.Status504GatewayTimeout,
                string.Create(CultureInfo.InvariantCulture, $"The request took longer than the {longest.TotalSeconds:0} s that one may take."),
                code: "timeout")).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // this is the last place where an error can become a response
        catch (Exception error)
#pragma warning restore CA1031
        {
            if (ErrorTranslation.Of(error) is not ApiException told)
            {
                Failed(logger, context.Request.Path, error);
                told = new ApiException(StatusCodes.Status500InternalServerError, "The server failed; its log says why.", code: "internal_error");
            }
            await WriteAsync(context, error, told).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(HttpContext context, Exception error, ApiException told)
    {
        if (told.Status >= StatusCodes.Status500InternalServerError || context.Response.HasStarted)
        {
            failed(context, error);
        }
        if (context.Response.HasStarted)
        {
            // What was sent cannot be taken back: a broken connection is no answer that looks whole.
            context.Abort();
            return;
        }
        context.Response.StatusCode = told.Status;
        if (told.RetryAfter is TimeSpan after)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(after.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }
        await context.Response.WriteAsJsonAsync(ErrorBody.Of(told), ServerJson.Plain.ErrorBody, cancellationToken: context.RequestAborted)
            .ConfigureAwait(false);
    }

    [LoggerMessage(LogLevel.Error, "{Path} failed")]
    private static partial void Failed(ILogger logger, string path, Exception error);
}
