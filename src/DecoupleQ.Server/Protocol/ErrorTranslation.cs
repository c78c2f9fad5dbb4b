using System.Text.Json;
using DecoupleQ.Serving;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Protocol;

/// <summary>Errors of the library in the terms of the API.</summary>
internal static class ErrorTranslation
{
    private const string MemoryField = "key-value-limit";

    /// <summary>What a client is told of <paramref name="error"/>; null if it is the server's own fault and none of the client's business.</summary>
    public static ApiException? Of(Exception error) => error switch
    {
        ApiException api => api,
        BusyException busy => new ApiException(
            StatusCodes.Status429TooManyRequests, busy.Message, code: "queue_full", retryAfter: busy.RetryAfter),
        BadHttpRequestException bad => new ApiException(bad.StatusCode, bad.Message),
        DecoupleQException { Field: MemoryField } memory => new ApiException(
            StatusCodes.Status503ServiceUnavailable, memory.Message, code: "out_of_memory", retryAfter: TimeSpan.FromSeconds(1)),
        DecoupleQException { IsModelFault: true } => new ApiException(
            StatusCodes.Status500InternalServerError, "The model failed; the server's log says why.", code: "model_failed"),
        DecoupleQException refused => new ApiException(StatusCodes.Status400BadRequest, Message(refused), Param(refused), "invalid_value"),
        _ => null,
    };

    // Where the library checks them, options are named as properties or as on a command line.
    private static string? Param(DecoupleQException error) =>
        error.Field is string field ? JsonNamingPolicy.SnakeCaseLower.ConvertName(field).Replace('-', '_') : null;

    /// <summary>The message of an error of the library as messages of the API are: what was expected belongs to the sentence.</summary>
    public static string MessageOf(DecoupleQException error) => error.Message.Replace(". (expected: ", " (expected: ", StringComparison.Ordinal);

    // Where the model lies is nobody's business but the server's.
    private static string Message(DecoupleQException error)
    {
        string message = MessageOf(error);
        message = error.File is { Length: > 0 } file ? message.Replace(file, Path.GetFileName(file), StringComparison.Ordinal) : message;
        return error.Field is string field && message.StartsWith(field + ":", StringComparison.Ordinal) ? Param(error) + message[field.Length..] : message;
    }
}
