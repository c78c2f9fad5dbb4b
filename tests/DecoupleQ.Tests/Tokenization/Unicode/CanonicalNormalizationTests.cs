using System.Buffers;
using System.Text;
using CsCheck;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tests.Tokenization.Unicode;

public sealed class CanonicalNormalizationTests
{
    private static readonly Gen<string> Text = Gen.OneOf(
        OneOf(
            "a", "e", "\u0301", "\u0323", "\u0327", "\u0345", "\u0334", "\u1100", "\u1161", "\u11A8", "\uAC00", "\u0928", "\u093C", "\u0B47", "\u0B3E",
            "\uFB1D", "\u212B"),
        Gen.Int[0x20, 0xD7FF].Select(c => ((char)c).ToString())).Array[0, 12].Select(string.Concat);

    [Theory]
    [InlineData("e\u0301", "\u00E9", "e\u0301")]
    [InlineData("\u212B", "\u00C5", "A\u030A")]
    [InlineData("\uD55C", "\uD55C", "\u1112\u1161\u11AB")]
    [InlineData("a\u0327\u0323\u0301", "\u1EA1\u0327\u0301", "a\u0327\u0323\u0301")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("\u0344", "\u0308\u0301", "\u0308\u0301")]
    [InlineData("\uFB01 \u00BD", "\uFB01 \u00BD", "\uFB01 \u00BD")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("a\u0334\u07FD\u0301", "a\u0334\u07FD\u0301", "a\u0334\u07FD\u0301")]
    public void Known_texts_have_their_forms(string text, string composed, string decomposed)
    {
        Assert.Equal(composed, FormC(text));
        Assert.Equal(decomposed, FormD(text));
    }

    [Fact]
    public void Forms_are_stable_and_agree_with_one_another()
    {
        Text.Sample(text =>
        {
            string composed = FormC(text);
            string decomposed = FormD(text);
            return FormC(composed) == composed && FormD(decomposed) == decomposed && FormC(decomposed) == composed && FormD(composed) == decomposed;
        });
    }

    [Fact]
    public void A_text_that_the_quick_check_passes_does_not_change()
    {
        Text.Sample(text =>
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            return (CanonicalNormalization.MayChangeInFormC(bytes) || FormC(text) == text)
                && (CanonicalNormalization.MayChangeInFormD(bytes) || FormD(text) == text);
        });
    }

    private static string FormC(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        CanonicalNormalization.AppendFormC(Encoding.UTF8.GetBytes(text), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static string FormD(string text)
    {
        var output = new ArrayBufferWriter<byte>();
        CanonicalNormalization.AppendFormD(Encoding.UTF8.GetBytes(text), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
