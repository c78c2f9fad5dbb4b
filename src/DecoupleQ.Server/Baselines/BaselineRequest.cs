using System.Text.Json;
using System.Text.Json.Nodes;

namespace DecoupleQ.Server.Baselines;

/// <summary>A request that a baseline is made with.</summary>
/// <param name="Route">What is asked for.</param>
/// <param name="Body">The request's JSON.</param>
/// <param name="Line">Its line in the file; 0 if it comes from no file.</param>
internal sealed record BaselineRequest(string Route, string Body, int Line)
{
    // By the field that each of the API's requests has, and no other.
    private static readonly (string Field, string Route)[] Kinds =
        [("messages", Routes.Chat), ("prompt", Routes.Completions), ("input", Routes.Responses)];

    /// <summary>Reads requests, a JSON object a line, as they are sent to the API; empty lines are left out.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DecoupleQException">A line is no such object; file and line are named.</exception>
    public static IReadOnlyList<BaselineRequest> ReadLines(string path)
    {
        var requests = new List<BaselineRequest>();
        string[] lines = TextFile.Read(path).Split('\n');
        for (int line = 0; line < lines.Length; line++)
        {
            if (!string.IsNullOrWhiteSpace(lines[line]))
            {
                requests.Add(Read(lines[line], path, line + 1));
            }
        }
        return requests;
    }

    /// <summary>Cuts prompts from a text, at random places between words, and asks for what follows, or, of a model that chats, for an answer.</summary>
    /// <param name="path">The text.</param>
    /// <param name="chats">Whether the model chats.</param>
    /// <param name="options">How many, and how long.</param>
    /// <exception cref="DecoupleQException">The text is too short.</exception>
    public static IReadOnlyList<BaselineRequest> CutFrom(string path, bool chats, BaselineOptions options)
    {
        string text = TextFile.Read(path);
        if (text.Length < 2L * options.PromptCharacters)
        {
            throw new DecoupleQException(
                $"The text has {text.Length} characters.", path, "text", $"at least {2 * options.PromptCharacters}, twice those of the longest prompt");
        }
        var random = new Random(unchecked((int)(options.Seed ^ (options.Seed >> 32))));
        var requests = new List<BaselineRequest>();
        for (int i = 0; i < options.Requests; i++)
        {
            int length = random.Next(options.PromptCharacters / 4, options.PromptCharacters + 1), start = random.Next(text.Length - length);
            string prompt = WholeWords(text, start, length);
            JsonObject body = chats
                ? new()
                {
                    ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
                    ["max_completion_tokens"] = options.AnswerTokens,
                }
                : new() { ["prompt"] = prompt, ["max_tokens"] = options.AnswerTokens };
            body["seed"] = (long)(options.Seed % int.MaxValue) + i;
            requests.Add(new BaselineRequest(chats ? Routes.Chat : Routes.Completions, body.ToJsonString(), 0));
        }
        return requests;
    }

    private static string WholeWords(string text, int start, int length)
    {
        string piece = text.Substring(start, length);
        int first = start == 0 ? 0 : piece.IndexOfAny([' ', '\n']) + 1, last = piece.LastIndexOfAny([' ', '\n']);
        piece = (last > first ? piece[first..last] : piece).Trim();
        // Scripts without blanks are cut anywhere, though not through a character.
        piece = char.IsLowSurrogate(piece.FirstOrDefault()) ? piece[1..] : piece;
        piece = char.IsHighSurrogate(piece.LastOrDefault()) ? piece[..^1] : piece;
        return piece.Length > 0 ? piece : ".";
    }

    private static BaselineRequest Read(string json, string path, int line)
    {
        JsonObject body;
        try
        {
            body = JsonNode.Parse(json) as JsonObject ?? throw new JsonException("it is no object");
        }
        catch (JsonException error)
        {
            throw new DecoupleQException($"Line {line} is no JSON: {error.Message}", path, "requests", "a request of the API a line", error);
        }
        // The answer is the same, whole or piece by piece.
        bool streams = body.Remove("stream") | body.Remove("stream_options");
        string[] routes = [.. Kinds.Where(kind => body.ContainsKey(kind.Field)).Select(kind => kind.Route)];
        return routes.Length == 1 ? new BaselineRequest(routes[0], streams ? body.ToJsonString() : json, line) : throw new DecoupleQException(
            $"Line {line} has {(routes.Length == 0 ? "none" : "several")} of {string.Join(", ", Kinds.Select(kind => kind.Field))}.", path, "requests",
            "a request of /v1/chat/completions, /v1/completions or /v1/responses a line");
    }
}
