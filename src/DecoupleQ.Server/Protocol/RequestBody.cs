using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace DecoupleQ.Server.Protocol;

/// <summary>Reads the JSON object that a request carries.</summary>
internal static class RequestBody
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>The fields of the request.</summary>
    /// <exception cref="ApiException">It is no JSON, or no object.</exception>
    /// <exception cref="BadHttpRequestException">It is larger than a request may be, or comes too slowly.</exception>
    public static async Task<RequestFields> ReadAsync(HttpContext context)
    {
        // A page of another origin cannot send this type without being asked for.
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type)
            || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiException(
                StatusCodes.Status415UnsupportedMediaType, "The request's Content-Type is not application/json.", code: "unsupported_media_type");
        }
        try
        {
            using JsonDocument document = await JsonDocument.ParseAsync(context.Request.Body, Strict, context.RequestAborted).ConfigureAwait(false);
            Check(document.RootElement);
            return RequestFields.Of(document.RootElement.Clone());
        }
        catch (IOException error) when (error is not BadHttpRequestException)
        {
            // What the length of a piece cannot be read of, as it is beyond all numbers.
            throw new ApiException(StatusCodes.Status400BadRequest, $"The body cannot be read: {error.Message}", code: "invalid_body");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, $"The body is not valid JSON: {error.Message}", code: "invalid_json");
        }
    }

    // Throws on bytes that are not UTF-8 and on lone surrogates, which would otherwise surface wherever a text is used.
    private static void Check(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty field in element.EnumerateObject())
                {
                    _ = field.Name;
                    Check(field.Value);
                }
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                {
                    Check(item);
                }
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
            case JsonValueKind.Number when !(element.TryGetDouble(out double number) && double.IsFinite(number)):
                throw new JsonException("A number is beyond double precision.");
        }
    }
}
