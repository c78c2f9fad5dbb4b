using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Tests.Tokenization;

/// <summary>Texts of which some stretches are plain.</summary>
public sealed class PlainStretchTests
{
    [Fact]
    public void A_special_token_that_touches_a_plain_stretch_is_text()
    {
        Tokenizer tokenizer = TokenizerFiles.Load(Paths.Model);
        const string Text = "a</s>é😀b</s>c</s></s>";
        int end = tokenizer.IdOf("</s>")!.Value;
        for (int start = 0; start <= Text.Length; start++)
        {
            for (int length = 0; start + length <= Text.Length; length++)
            {
                if (CutsPair(Text, start) || CutsPair(Text, start + length))
                {
                    continue;
                }
                int untouched = 0;
                for (int at = 0; (at = Text.IndexOf("</s>", at, StringComparison.Ordinal)) >= 0; at += 4)
                {
                    untouched += length == 0 || start + length <= at || start >= at + 4 ? 1 : 0;
                }
                IReadOnlyList<int> ids = tokenizer.Encode(Text, [start..(start + length)]);
                Assert.Equal(untouched, ids.Count(id => id == end));
                Assert.Equal(Text, tokenizer.DecodeWithSpecialTokens(ids).Replace(" ", ""));
            }
        }
    }

    [Theory]
    [InlineData("smollm2")]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    [InlineData("mistral")]
    public void Nothing_plain_recognizes_every_token_and_all_plain_none(string name)
    {
        Tokenizer tokenizer = TokenizerJson.Load(Paths.Golden("tokenizers", name, "tokenizer.json"));
        foreach (string text in (string[])["", "Hi", "<|im_end|>é😀<|eot_id|>\n</s> x<think> <s>", " <unk></s></s>"])
        {
            Assert.Equal(tokenizer.Encode(text, SpecialTokens.Recognized), tokenizer.Encode(text, []));
            Assert.Equal(tokenizer.Encode(text, SpecialTokens.AsText), tokenizer.Encode(text, [Range.All]));
            Assert.Equal(tokenizer.Encode(text, SpecialTokens.AsText), tokenizer.Encode(text, [Range.StartAt(text.Length / 2), Range.EndAt(text.Length / 2)]));
        }
    }

    [Theory]
    [InlineData("""[{"type": "NFC"}]""", true)]
    [InlineData("""[{"type": "Replace", "pattern": {"String": " "}, "content": "_"}]""", false)]
    public void A_token_that_is_looked_for_after_normalization_is_not_recognized_in_plain_text(string normalizers, bool keepsPlaces)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), $$$"""
            {"version": "1.0", "normalizer": {"type": "Sequence", "normalizers": {{{normalizers}}}},
             "pre_tokenizer": null, "post_processor": null, "decoder": null,
             "added_tokens": [{"id": 4, "content": "<e>", "special": true, "normalized": true, "lstrip": false, "rstrip": false, "single_word": false}],
             "model": {"type": "BPE", "vocab": {"<": 0, "e": 1, ">": 2, "_": 3, "<e>": 4, "a": 5}, "merges": [],
                       "unk_token": "a", "byte_fallback": false, "fuse_unk": true}}
            """);
        Tokenizer tokenizer = TokenizerFiles.Load(folder.Path);
        Assert.Equal(2, Ends("a <e>e<e>", []));
        // No token in the plain stretch: the others count.
        Assert.Equal(2, Ends("a <e>e<e>", [5..6]));
        // One in it: never that one; the other only where places outlive normalization.
        Assert.Equal(keepsPlaces ? 1 : 0, Ends("a <e>e<e>", [5..9]));
        Assert.Equal(0, Ends("a <e>e<e>", [Range.All]));

        int Ends(string text, IReadOnlyList<Range> plain) => tokenizer.Encode(text, plain).Count(id => id == 4);
    }

    [Fact]
    public void A_stretch_beyond_the_text_is_an_error()
    {
        Tokenizer tokenizer = TokenizerFiles.Load(Paths.Model);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("abc", [2..4]));
    }

    private static bool CutsPair(string text, int at) => at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]);
}
