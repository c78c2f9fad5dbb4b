using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Protocol;

/// <summary>A request that is refused, in the terms of the API.</summary>
/// <param name="status">The status code.</param>
/// <param name="message">What is wrong, and what was expected.</param>
/// <param name="param">The field concerned, as the request spells it; null for none.</param>
/// <param name="code">What programs tell errors apart by; null for none.</param>
/// <param name="retryAfter">When to try again; null where that would not help.</param>
internal sealed class ApiException(int status, string message, string? param = null, string? code = null, TimeSpan? retryAfter = null) : Exception(message)
{
    public int Status { get; } = status;

    public string? Param { get; } = param;

    public string? Code { get; } = code;

    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>
    /// The kind of error that a status stands for, as the published API has it: a model or a path that does not exist, and a key that opens nothing, are faults
    /// of the request there; programs tell them apart by status and code.
    /// </summary>
    public string Type => Status switch
    {
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    /// <summary>A field that has a value which it may not have.</summary>
    public static ApiException Invalid(string param, string message, string expected) =>
        new(StatusCodes.Status400BadRequest, $"{param}: {message.TrimEnd('.')} (expected: {expected})", param, "invalid_value");

    /// <summary>A field that is not supported.</summary>
    public static ApiException Unsupported(string param, string why) =>
        new(StatusCodes.Status400BadRequest, $"{param}: {why}", param, "unsupported_parameter");
}
