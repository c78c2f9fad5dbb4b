using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace DecoupleQ.Bench.Serving;

/// <summary>What a client asks for.</summary>
/// <param name="Prompt">The text.</param>
/// <param name="Tokens">How many tokens.</param>
/// <param name="Seed">Of the draws.</param>
internal sealed record CompletionCall(string Prompt, int Tokens, int Seed);

/// <summary>What a client was given.</summary>
/// <param name="Text">The text.</param>
/// <param name="Finished">Whether the text came to its end.</param>
/// <param name="First">Seconds to the first piece.</param>
/// <param name="Between">Seconds between two pieces.</param>
internal sealed record CompletionAnswer(string Text, bool Finished, double First, IReadOnlyList<double> Between);

/// <summary>A client of text completions that are streamed.</summary>
internal static class CompletionStream
{
    private const string Data = "data: ", Done = "[DONE]";

    /// <summary>Asks, and reads the answer, or the first pieces of it.</summary>
    /// <param name="client">Its connections.</param>
    /// <param name="call">What is asked for.</param>
    /// <param name="pieces">After how many pieces it leaves; null for never.</param>
    /// <exception cref="HttpRequestException">The request failed.</exception>
    public static async Task<CompletionAnswer> RunAsync(HttpClient client, CompletionCall call, int? pieces = null)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(
            new { prompt = call.Prompt, max_tokens = call.Tokens, seed = call.Seed, temperature = 0.9, stream = true });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        long start = Stopwatch.GetTimestamp(), last = 0;
        double first = 0;
        var between = new List<double>();
        var text = new StringBuilder();
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        bool finished = false;
        for (int count = 0; count != pieces && await reader.ReadLineAsync() is string line;)
        {
            if (!line.StartsWith(Data, StringComparison.Ordinal))
            {
                continue;
            }
            if (line.EndsWith(Done, StringComparison.Ordinal))
            {
                return new(text.ToString(), finished, first, between);
            }
            long now = Stopwatch.GetTimestamp();
            if (count++ == 0)
            {
                first = Stopwatch.GetElapsedTime(start, now).TotalSeconds;
            }
            else
            {
                between.Add(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
            }
            last = now;
            using JsonDocument piece = JsonDocument.Parse(line.AsMemory(Data.Length));
            JsonElement choice = piece.RootElement.GetProperty("choices")[0];
            text.Append(choice.GetProperty("text").GetString());
            finished = choice.GetProperty("finish_reason").ValueKind == JsonValueKind.String;
        }
        return new(text.ToString(), false, first, between);
    }
}
