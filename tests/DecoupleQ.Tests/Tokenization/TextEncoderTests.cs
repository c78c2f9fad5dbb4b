using System.Text;
using System.Text.Json;
using CsCheck;
using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Tests.Tokenization;

/// <summary>A text in parts has the ids of the whole, whatever the tokenizer and the parts are.</summary>
public sealed class TextEncoderTests
{
    private static readonly Gen<string> Text = Gen.OneOf(
        OneOf(
            " ", "  ", "   ", "\n", "\r\n", "\t", "a", "aa", "ab", "b", "é", "e\u0301", "\u0301\u0316", "한", "\u1112\u1161\u11ab", "日本語", "🙂", "👩‍👩‍👧",
            "\uD83D", "\0", "1", "12345", "'s", "'LL", "Word", "WORDS", " the", ".", "...", "▁", "▁▁", ">▁</", "<s>", "</s>",
            "<|im_start|>", "<|endoftext|>", "<|im",
            "<start_of_turn>", "<0x0A>", "½",
            "\u3000", "x\u200b", "?", "tool", "<tool>"),
        Gen.Char.Select(c => c.ToString()),
        OneOf(' ', 'a', 'A', '1', '\n', '.', '▁', '\u0301', '日').SelectMany(c => Gen.Int[1, 300].Select(n => new string(c, n))))
        .Array[0, 60].Select(string.Concat);

    /// <summary>All tokenizers of the golden files and, where they are, the published ones.</summary>
    public static TheoryData<string> Tokenizers => [.. TokenizerPaths()];

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Parts_of_a_text_have_the_ids_of_the_whole(string path)
    {
        Check(TokenizerFiles.Load(path), iterations: 60);
    }

    [Fact]
    public void So_they_do_with_every_combination_of_steps()
    {
        string folder = Path.Combine(Paths.Repository, "tests", "DecoupleQ.Tests", "Tokenization", "Json");
        foreach (string line in File.ReadLines(Path.Combine(folder, "reference-tokenizers.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            string json = document.RootElement.GetProperty("tokenizer").GetRawText();
            Check(TokenizerJson.Parse(Encoding.UTF8.GetBytes(json), "tokenizer.json"), iterations: 20);
        }
    }

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void So_they_do_where_nothing_splits_it_for_long(string path)
    {
        Gen<string> words = OneOf("日本語", "東", "京", "へ", "ようこそ", "สวัสดี", "ab", "aab", "the", "ing", "x", "é", "\0", "🙂").Array[1, 5]
            .SelectMany(parts => OneOf(parts).Array[1500, 5000].Select(string.Concat));
        Check(TokenizerFiles.Load(path), Gen.Select(words, Text, (word, text) => word + text), Gen.Int[1, 9000].Array[1, 8], iterations: 4);
    }

    private static void Check(Tokenizer tokenizer, long iterations) => Check(tokenizer, Text, Gen.Int[1, 40].Array[1, 8], iterations);

    private static void Check(Tokenizer tokenizer, Gen<string> texts, Gen<int[]> partLengths, long iterations)
    {
        Gen.Select(texts, partLengths, Gen.Bool).Sample(
            (text, lengths, recognizes) =>
            {
                SpecialTokens special = recognizes ? SpecialTokens.Recognized : SpecialTokens.AsText;
                return InParts(tokenizer, text, lengths, special).SequenceEqual(tokenizer.Encode(text, special));
            },
            iter: iterations, threads: 1);
    }

    /// <summary>The ids of a text that the steps get in parts of the given lengths, again and again.</summary>
    private static List<int> InParts(Tokenizer tokenizer, string text, int[] lengths, SpecialTokens special)
    {
        TextEncoder encoder = tokenizer.BeginEncoding(special);
        encoder.FeedsAtOnce = true;
        var ids = new List<int>();
        for (int at = 0, i = 0; at < text.Length; i++)
        {
            int length = Math.Min(lengths[i % lengths.Length], text.Length - at);
            ids.AddRange(encoder.Append(text.AsSpan(at, length)));
            at += length;
        }
        ids.AddRange(encoder.Finish());
        return ids;
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static IEnumerable<string> TokenizerPaths()
    {
        string spm = Path.Combine(Paths.Repository, "tests", "golden", "tiny", "tiny-llama-spm");
        yield return Paths.Model;
        yield return spm;
        yield return Path.Combine(spm, "model.gguf");
        if (Paths.Shared is null)
        {
            yield break;
        }
        yield return Path.Combine(Paths.Shared, "models", "smollm2-135m-instruct", "model.gguf");
        foreach (string folder in Directory.EnumerateDirectories(Path.Combine(Paths.Shared, "tokenizers")).Order())
        {
            yield return Path.Combine(folder, "tokenizer.json");
        }
    }
}
