using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Tests.Tokenization.Json;

/// <summary>Small random tokenizers and patterns, with what version 0.22 of the Hugging Face tokenizers library makes of random texts.</summary>
public sealed class ReferenceTokenizerTests
{
    private static string Folder { get; } = Path.Combine(Paths.Repository, "tests", "DecoupleQ.Tests", "Tokenization", "Json");

    [Fact]
    public void Every_combination_of_steps_gives_the_ids_and_the_text_of_the_library()
    {
        int cases = 0;
        foreach (string line in File.ReadLines(Path.Combine(Folder, "reference-tokenizers.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            Tokenizer tokenizer = TokenizerJson.Parse(Encoding.UTF8.GetBytes(root.GetProperty("tokenizer").GetRawText()), $"line {cases + 1}");
            foreach (JsonElement item in root.GetProperty("encode").EnumerateArray())
            {
                Assert.Equal(Ids(item), tokenizer.EncodeWithTemplate(item.GetProperty("text").GetString()!));
            }
            foreach (JsonElement item in root.GetProperty("decode").EnumerateArray())
            {
                Assert.Equal(item.GetProperty("text").GetString(), tokenizer.Decode(Ids(item)));
            }
            cases++;
        }
        Assert.Equal(60, cases);
    }

    [Fact]
    public void Every_pattern_splits_as_the_library_does()
    {
        int patterns = 0;
        foreach (string line in File.ReadLines(Path.Combine(Folder, "reference-patterns.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            Tokenizer tokenizer = MarkPieces(root);
            foreach (JsonElement item in root.GetProperty("encode").EnumerateArray())
            {
                Assert.True(
                    Ids(item).SequenceEqual(tokenizer.Encode(item.GetProperty("text").GetString()!)),
                    $"{root.GetProperty("pattern")} {root.GetProperty("behavior")} on {item.GetProperty("text")}");
            }
            patterns++;
        }
        Assert.Equal(81, patterns);
    }

    /// <summary>A tokenizer that splits, and writes ▁ (id 257) before each piece and its bytes (ids 1 to 256) after.</summary>
    private static Tokenizer MarkPieces(JsonElement split)
    {
        var vocabulary = new JsonObject { ["<unk>"] = 0, ["\u2581"] = 257 };
        for (int b = 0; b < 256; b++)
        {
            vocabulary[$"<0x{b:X2}>"] = b + 1;
        }
        var tokenizer = new JsonObject
        {
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = split.GetProperty("pattern").GetString() },
                        ["behavior"] = split.GetProperty("behavior").GetString(),
                        ["invert"] = split.GetProperty("invert").GetBoolean(),
                    },
                    new JsonObject { ["type"] = "Metaspace", ["replacement"] = "\u2581", ["prepend_scheme"] = "always", ["split"] = false }),
            },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE", ["unk_token"] = "<unk>", ["byte_fallback"] = true, ["vocab"] = vocabulary, ["merges"] = new JsonArray(),
            },
        };
        return TokenizerJson.Parse(Encoding.UTF8.GetBytes(tokenizer.ToJsonString()), "tokenizer.json");
    }

    private static int[] Ids(JsonElement item) => [.. item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
}
