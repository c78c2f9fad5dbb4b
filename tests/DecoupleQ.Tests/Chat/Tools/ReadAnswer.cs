using System.Globalization;
using System.Text;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;

namespace DecoupleQ.Tests.Chat.Tools;

/// <summary>
/// Has answers read, cut in many ways. What stands between « and » in a transcript is a token without text; what came of it is a line for each part, in which
/// ↵ is a line feed.
/// </summary>
internal static class ReadAnswer
{
    /// <summary>The tools of the transcripts.</summary>
    public static IReadOnlyList<ChatTool> Tools { get; } =
        [.. ((string[])["get_weather", "get_time", "search", "run", "web.search-v2"]).Select(name => new ChatTool(name, null, null))];

    private static readonly string[] Markers =
        ["<tool_call>", "</tool_call>", "<|python_tag|>", "[TOOL_CALLS]", "[ARGS]", "[CALL_ID]", "<think>", "</think>"];

    /// <summary>The markers that are tokens without text, by id.</summary>
    public static Dictionary<int, string> SilentTokens => Markers.Index().ToDictionary(marker => marker.Index, marker => marker.Item);

    /// <summary>Options with ids that count.</summary>
    public static AnswerReaderOptions Options(string? format)
    {
        int calls = 0;
        return new()
        {
            Format = format is null ? null : ToolFormat.Named(format),
            Tools = Tools,
            NewCallId = () => (++calls).ToString("'id'0000000", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The tokens of a transcript, a character each.</summary>
    public static List<GeneratedToken> Characters(string transcript)
    {
        var tokens = new List<GeneratedToken>();
        for (int at = 0; at < transcript.Length; at++)
        {
            if (transcript[at] == '«')
            {
                int end = transcript.IndexOf('»', at);
                tokens.Add(Silent(transcript[(at + 1)..end]));
                at = end;
            }
            else
            {
                tokens.Add(new GeneratedToken(1000, transcript[at..(at + 1)], null, null));
            }
        }
        return tokens;
    }

    /// <summary>A token without text.</summary>
    public static GeneratedToken Silent(string marker) => new(Array.IndexOf(Markers, marker), "", null, null);

    /// <summary>The same tokens, with those of text put together where <paramref name="cuts"/> does not cut before them.</summary>
    public static List<GeneratedToken> Joined(List<GeneratedToken> characters, Func<int, bool> cuts)
    {
        var joined = new List<GeneratedToken>();
        for (int i = 0; i < characters.Count; i++)
        {
            bool isText = characters[i].Text.Length > 0;
            if (isText && joined is [.., { Text.Length: > 0 } last] && !cuts(i))
            {
                joined[^1] = last with { Text = last.Text + characters[i].Text };
            }
            else
            {
                joined.Add(characters[i]);
            }
        }
        return joined;
    }

    /// <summary>Reads an answer.</summary>
    public static List<AnswerUpdate> Updates(AnswerReaderOptions options, IReadOnlyList<GeneratedToken> tokens)
    {
        var reader = new AnswerReader(options, SilentTokens);
        List<AnswerUpdate> updates = [.. tokens.SelectMany(reader.Push)];
        updates.AddRange(reader.Finish());
        Assert.Empty(reader.Finish());
        Assert.Equal(updates.Any(update => update is ToolCallBegin), reader.HasCalls);
        return updates;
    }

    /// <summary>What came of an answer, whatever the pieces; a line each.</summary>
    public static string Lines(IEnumerable<AnswerUpdate> updates)
    {
        var lines = new List<string>();
        string kind = "";
        foreach (AnswerUpdate update in updates)
        {
            (string next, string text) = update switch
            {
                AnswerText answer => ("answer: ", answer.Text),
                ReasoningText reasoning => ("reasoning: ", reasoning.Text),
                ToolCallBegin call => ($"call {call.Index} {call.Id} {call.Name}: ", ""),
                ToolCallArguments arguments => (kind.StartsWith($"call {arguments.Index} ", StringComparison.Ordinal) ? kind : "lost ", arguments.Text),
                ToolCallEnd end => ("end", kind.StartsWith($"call {end.Index} ", StringComparison.Ordinal) ? "" : " of another"),
                _ => throw new InvalidOperationException(),
            };
            Assert.True(text.Length > 0 || update is ToolCallBegin or ToolCallEnd, "An update is empty.");
            if (next == kind)
            {
                lines[^1] += text;
            }
            else
            {
                lines.Add(next + text);
                kind = next;
            }
        }
        return string.Join("\n", lines.Select(line => line.Replace("\n", "↵").Replace("\t", "→")));
    }

    /// <summary>What came of an answer as a whole, as its characters, and cut in two, in three and at random: all the same.</summary>
    public static string InEveryPiece(string? format, string transcript, bool reasoningIsOpen = false)
    {
        List<GeneratedToken> characters = Characters(transcript);
        string whole = Read(_ => false);
        Assert.Equal(whole, Read(_ => true));
        for (int cut = 1; cut < characters.Count; cut++)
        {
            Assert.Equal(whole, Read(at => at == cut));
            Assert.Equal(whole, Read(at => at == cut || at == cut + 3));
        }
        var random = new Random(5);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(whole, Read(_ => random.Next(4) == 0));
        }
        return whole;

        string Read(Func<int, bool> cuts) => Lines(Updates(Options(format) with { ReasoningIsOpen = reasoningIsOpen }, Joined(characters, cuts)));
    }
}
