using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Models;

/// <summary>A context other than the config's.</summary>
public sealed class ContextLengthTests
{
    [Fact]
    public void A_longer_context_is_run_with_a_warning_and_changes_nothing_else()
    {
        string folder = Paths.Golden("golden", "tiny", "tiny-llama-biases-linear");
        using LanguageModel usual = LanguageModel.Load(folder, new() { Threads = 1 });
        int length = usual.ContextLength;
        using LanguageModel longer = LanguageModel.Load(folder, new() { Threads = 1, ContextLength = length + 8 });
        int[] ids = [.. Enumerable.Range(0, length + 8).Select(i => i * 7 % usual.VocabularySize)];

        Assert.Empty(usual.Warnings);
        Assert.Equal(length + 8, longer.ContextLength);
        string warning = Assert.Single(longer.Warnings);
        Assert.Contains($"{length + 8}", warning);
        Assert.Contains($"{length}", warning);
        Assert.Throws<ArgumentOutOfRangeException>(() => usual.Logits(ids));
        float[] expected = usual.Logits(ids[..length]), actual = longer.Logits(ids);
        Assert.Equal(expected, actual[..expected.Length]);
        Assert.All(actual, logit => Assert.True(float.IsFinite(logit)));
    }

    [Fact]
    public void A_context_whose_keys_and_values_would_pass_two_gigabytes_takes_what_its_text_takes()
    {
        using LanguageModel usual = LanguageModel.Load(Paths.Model, new() { Threads = 1 });
        using LanguageModel vast = LanguageModel.Load(Paths.Model, new() { Threads = 1, ContextLength = 3_000_000 });
        foreach (KeyValueFormat format in Enum.GetValues<KeyValueFormat>())
        {
            double each = vast.KeyValueBytesPerToken(format);
            Assert.True(each * vast.ContextLength > int.MaxValue);
            using Sequence expected = usual.Begin(new() { KeyValues = format }), actual = vast.Begin(new() { KeyValues = format, Length = vast.ContextLength });
            CancellationToken token = TestContext.Current.CancellationToken;
            Assert.Equal(expected.Append([1, 2, 3], token).ToArray(), actual.Append([1, 2, 3], token).ToArray());
            Assert.Equal(expected.Decode(4, token).ToArray(), actual.Decode(4, token).ToArray());
            Assert.Equal(64 * each, vast.KeyValueBytes);
        }
    }

    [Fact]
    public void A_shorter_context_is_what_was_asked_for_and_none_is_refused()
    {
        using LanguageModel shorter = LanguageModel.Load(Paths.Model, new() { Threads = 1, ContextLength = 5 });
        Assert.Empty(shorter.Warnings);
        Assert.Throws<ArgumentOutOfRangeException>(() => shorter.Logits([1, 2, 3, 4, 5, 6]));
        Assert.Equal("context", Assert.Throws<DecoupleQException>(() => LanguageModel.Load(Paths.Model, new() { ContextLength = 0 })).Field);
    }
}
