using DecoupleQ.Generation;
using DecoupleQ.ModelFiles;
using DecoupleQ.Checkpoints;
using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Models;

/// <summary>Values of options that have no meaning are refused, not taken for another.</summary>
public sealed class OptionTests
{
    private static string Folder => Paths.Golden("golden", "tiny", "tiny-llama-spm");

    [Fact]
    public void A_value_without_a_name_is_refused_wherever_it_is_given()
    {
        Refused("key-values", () => LanguageModel.Load(Folder, new() { KeyValues = (KeyValueFormat)9 }));
        Refused("arithmetic", () => LanguageModel.Load(Folder, new() { Arithmetic = (Arithmetic)9 }));
        Refused("access", () => CheckpointFiles.Open(Folder, (TensorAccess)9));
        using LanguageModel model = LanguageModel.Load(Folder);
        Refused("key-values", () => model.Begin(new() { KeyValues = (KeyValueFormat)9 }));
        Refused("products", () => model.Begin(new() { Products = (ProductArithmetic)9 }));
        Refused("special-tokens", () => model.Tokenizer.Encode("x", (SpecialTokens)5));
        Refused("pooling", () => model.Embed([1, 2], (Pooling)7, TestContext.Current.CancellationToken));

        static void Refused(string option, Func<object> use)
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(use);
            Assert.Equal(option, error.Field);
            Assert.NotNull(error.Expected);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_text_to_stop_at_that_is_none_is_refused(string? text)
    {
        using LanguageModel model = LanguageModel.Load(Folder);
        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => new TextGenerator(model).Generate(
                [1], new() { Stop = ["end", text!], MaxTokens = 1 }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal("Stop", error.Field);
    }
}
