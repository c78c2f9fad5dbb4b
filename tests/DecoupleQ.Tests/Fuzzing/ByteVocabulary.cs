using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Grammars;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>A byte-level vocabulary of some hundred tokens, merged from a little JSON, with an end token and a control token.</summary>
internal static class ByteVocabulary
{
    public const string End = "<|end|>", ToolCall = "<tool_call>";

    private const int Merges = 600;

    // Pieces of characters, tokens across quotation marks and commas, runs of blanks: whatever a byte-level vocabulary of its kind has.
    private const string Corpus =
        """
        {"name": "Ärger", "age": 31, "tags": ["été", "日本語", "😀"], "nested": {"a": null, "b": [1.5, -2e10, true, false]}, "empty": {}}
            {
                "type": "object",
                "value": "line\nbreak \"quoted\" \\ back \u00e9", "id": "0123-4567"
            }
        [[[1,2,3],[4,5,6]],[{"x":1},{"y":2}]] {"name":"get_weather","arguments":{"city":"Paris","days":3}}
        """;

    private static readonly Lazy<Tokenizer> LazyTokenizer = new(Build);
    private static readonly Lazy<GrammarVocabulary> LazyTokens = new(() => new(Tokenizer, [Tokenizer.IdOf(End)!.Value]));

    public static Tokenizer Tokenizer => LazyTokenizer.Value;

    /// <summary>Its tokens, for grammars.</summary>
    public static GrammarVocabulary Tokens => LazyTokens.Value;

    private static Tokenizer Build()
    {
        var vocabulary = new JsonObject();
        for (int value = 0; value < 256; value++)
        {
            vocabulary[ByteAlphabet.Character((byte)value).ToString()] = value;
        }
        List<string> text = [.. Encoding.UTF8.GetBytes(Corpus).Select(value => ByteAlphabet.Character(value).ToString())];
        var merges = new JsonArray();
        for (int merge = 0; merge < Merges; merge++)
        {
            (string first, string second) = text.Zip(text.Skip(1)).GroupBy(pair => pair).OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key.First + group.Key.Second, StringComparer.Ordinal).First().Key;
            merges.Add($"{first} {second}");
            vocabulary.TryAdd(first + second, vocabulary.Count);
            for (int i = 0; i + 1 < text.Count; i++)
            {
                if (text[i] == first && text[i + 1] == second)
                {
                    text[i] += second;
                    text.RemoveAt(i + 1);
                }
            }
            if (text.Count < 3)
            {
                break;
            }
        }
        JsonArray added = [];
        foreach (string token in (string[])[End, ToolCall])
        {
            int id = vocabulary.Count + added.Count;
            added.Add(new JsonObject
            {
                ["id"] = id, ["content"] = token, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false,
                ["special"] = token == End,
            });
        }
        var file = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = added,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = false },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = merges },
        };
        return TokenizerJson.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()), "tokenizer.json");
    }
}
