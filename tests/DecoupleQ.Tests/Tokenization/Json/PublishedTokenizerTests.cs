using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Tests.Tokenization.Json;

/// <summary>Published tokenizers against what the Hugging Face tokenizers library gives.</summary>
public sealed class PublishedTokenizerTests
{
    [Theory]
    [InlineData("smollm2")]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    [InlineData("mistral")]
    public void Every_expected_line_is_equal(string name)
    {
        Tokenizer tokenizer = TokenizerJson.Load(Paths.Golden("tokenizers", name, "tokenizer.json"));
        int lines = 0;
        foreach (string line in File.ReadLines(Paths.Golden("tokenizers", name, "expected.jsonl")))
        {
            using JsonDocument expected = JsonDocument.Parse(line);
            Check(tokenizer, expected.RootElement);
            lines++;
        }
        Assert.Equal(58, lines);
    }

    [Theory]
    [InlineData("smollm2", 49152, null)]
    [InlineData("llama3", 128256, null)]
    [InlineData("qwen3", 151669, null)]
    [InlineData("mistral", 32000, 1)]
    public void The_highest_id_and_the_leading_id_are_the_files(string name, int size, int? leading)
    {
        Tokenizer tokenizer = TokenizerJson.Load(Paths.Golden("tokenizers", name, "tokenizer.json"));
        Assert.Equal(size, tokenizer.VocabularySize);
        Assert.Equal(leading, tokenizer.LeadingId);
        Assert.NotNull(tokenizer.TokenOf(size - 1));
        Assert.Null(tokenizer.TokenOf(size));
    }

    internal static void Check(Tokenizer tokenizer, JsonElement expected)
    {
        if (expected.TryGetProperty("file", out JsonElement file))
        {
            IReadOnlyList<int> ids = tokenizer.Encode(File.ReadAllText(Paths.Golden(["data", .. file.GetString()!.Split('/')])), SpecialTokens.Recognized);
            Assert.Equal(expected.GetProperty("count").GetInt32(), ids.Count);
            Assert.Equal(expected.GetProperty("sha256OfInt32LittleEndianIds").GetString(), Hash(ids));
            return;
        }
        string text = expected.GetProperty("text").GetString()!;
        int[] recognized = Ids(expected, "ids");
        Assert.Equal(recognized, tokenizer.Encode(text, SpecialTokens.Recognized));
        Assert.Equal(Ids(expected, "idsSpecialAsText"), tokenizer.Encode(text));
        Assert.Equal(Ids(expected, "idsWithTemplate"), tokenizer.EncodeWithTemplate(text));
        Assert.Equal(expected.GetProperty("decoded").GetString(), tokenizer.DecodeWithSpecialTokens(recognized));
        Assert.Equal(expected.GetProperty("decodedSkipSpecial").GetString(), tokenizer.Decode(recognized));
    }

    private static int[] Ids(JsonElement line, string name) => [.. line.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];

    private static string Hash(IReadOnlyList<int> ids)
    {
        var bytes = new byte[4 * ids.Count];
        for (int i = 0; i < ids.Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * i), ids[i]);
        }
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
