using System.Globalization;
using System.Text;
using System.Text.Json;

namespace DecoupleQ.Server.Tests.Fuzzing;

/// <summary>A response as it came over the wire, read without any client that would be lenient.</summary>
/// <param name="Status">The status code; 0 if the connection was closed without one.</param>
/// <param name="Type">Its content type; empty for none.</param>
/// <param name="Body">Its body.</param>
/// <param name="IsWhole">Whether the body came to its end.</param>
internal sealed record WireAnswer(int Status, string Type, byte[] Body, bool IsWhole)
{
    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();

    private static readonly HashSet<int> Known = [200, 204, 400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 417, 421, 426, 429, 431, 501, 503, 504, 505];

    private static readonly string[] ErrorTypes =
        ["invalid_request_error", "authentication_error", "permission_error", "not_found_error", "rate_limit_error", "server_error"];

    /// <summary>Reads what a connection gave until it was closed.</summary>
    /// <exception cref="FormatException">It is no response.</exception>
    public static WireAnswer Of(ReadOnlySpan<byte> bytes)
    {
        while (bytes.StartsWith("HTTP/1.1 100"u8))
        {
            bytes = bytes[(bytes.IndexOf(EndOfHead) + EndOfHead.Length)..];
        }
        if (bytes.IsEmpty)
        {
            return new WireAnswer(0, "", [], false);
        }
        int end = bytes.IndexOf(EndOfHead);
        if (end < 0 || !bytes.StartsWith("HTTP/1."u8))
        {
            throw new FormatException($"This is no response: {Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 100)])}");
        }
        string[] lines = Encoding.Latin1.GetString(bytes[..end]).Split("\r\n");
        int status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        ReadOnlySpan<byte> rest = bytes[(end + EndOfHead.Length)..];
        string Field(string name) =>
            lines.FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim() ?? "";
        string type = Field("Content-Type");
        if (Field("Transfer-Encoding") == "chunked")
        {
            return OfChunks(status, type, rest);
        }
        if (Field("Content-Length") is { Length: > 0 } length)
        {
            int expected = int.Parse(length, CultureInfo.InvariantCulture);
            return new WireAnswer(status, type, rest[..Math.Min(expected, rest.Length)].ToArray(), rest.Length >= expected);
        }
        return new WireAnswer(status, type, rest.ToArray(), true);
    }

    /// <summary>What is wrong with it; null for nothing.</summary>
    /// <param name="isOfRequest">Whether it answers what was a request, and not something that is none.</param>
    public string? Fault(bool isOfRequest)
    {
        if (Status == 0)
        {
            return isOfRequest ? "no answer" : null;
        }
        if (!Known.Contains(Status))
        {
            return $"status {Status}";
        }
        if (!IsWhole)
        {
            // Who sends what is no request is taken for somebody who has left.
            return isOfRequest ? "an answer that was cut" : null;
        }
        try
        {
            return Status >= 400 ? ErrorFault(isOfRequest) : isOfRequest ? AnswerFault() : null;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return $"an answer that is not what it should be: {error.Message}";
        }
    }

    private static WireAnswer OfChunks(int status, string type, ReadOnlySpan<byte> rest)
    {
        var body = new List<byte>();
        while (rest.IndexOf("\r\n"u8) is int line and > 0
            && int.TryParse(Encoding.ASCII.GetString(rest[..line]), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int length))
        {
            if (length == 0)
            {
                return new WireAnswer(status, type, [.. body], true);
            }
            rest = rest[(line + 2)..];
            if (rest.Length < length + 2)
            {
                break;
            }
            body.AddRange(rest[..length]);
            rest = rest[(length + 2)..];
        }
        return new WireAnswer(status, type, [.. body], false);
    }

    private string? ErrorFault(bool isOfRequest)
    {
        // What is no HTTP is refused before anybody knows whose API it would be.
        if (Body.Length == 0)
        {
            return isOfRequest ? $"status {Status} without a word" : null;
        }
        using JsonDocument document = JsonDocument.Parse(Body);
        JsonElement error = document.RootElement.GetProperty("error");
        bool isShaped = error.GetProperty("message").GetString() is { Length: > 0 } && ErrorTypes.Contains(error.GetProperty("type").GetString())
            && IsTextOrNull(error.GetProperty("param")) && IsTextOrNull(error.GetProperty("code"));
        return isShaped ? null : "an error of another form";
    }

    private string? AnswerFault()
    {
        if (Type == "text/event-stream")
        {
            string[] events = Encoding.UTF8.GetString(Body).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            string? last = null;
            foreach (string each in events)
            {
                string data = each[(each.IndexOf("data: ", StringComparison.Ordinal) + "data: ".Length)..];
                if (data != "[DONE]")
                {
                    JsonDocument.Parse(data).Dispose();
                }
                last = data;
            }
            return last == "[DONE]" || last?.Contains("\"type\":\"response.", StringComparison.Ordinal) == true ? null : "a stream without an end";
        }
        JsonDocument.Parse(Body).Dispose();
        return null;
    }

    private static bool IsTextOrNull(JsonElement element) => element.ValueKind is JsonValueKind.String or JsonValueKind.Null;
}
