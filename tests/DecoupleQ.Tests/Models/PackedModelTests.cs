using DecoupleQ.Checkpoints;
using DecoupleQ.Evaluation;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Models;

/// <summary>A packed model run from its codes against the same model dequantized to float32 first.</summary>
public sealed class PackedModelTests
{
    // Both ways sum float32 products of a few hundred terms, in another order.
    private const double LogitsTolerance = 2e-4;
    private const double PerplexityTolerance = 1e-4;

    private static readonly string Text = File.ReadAllText(Path.Combine(Paths.Samples, "text", "validation.txt"))[..4000];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, int> Formats
    {
        get
        {
            var formats = new TheoryData<int, int>();
            foreach (int bits in (int[])[2, 3, 4, 8])
            {
                formats.Add(bits, AffineFormat.PerChannel);
                formats.Add(bits, 64);
            }
            formats.Add(2, 32);
            formats.Add(3, 128);
            return formats;
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Packed_equals_dequantized(int bits, int groupSize)
    {
        using var folder = new TemporaryFolder();
        PackedSample.Write(folder.Path, new(bits, groupSize), blocks: 2);
        using LanguageModel packed = LanguageModel.Load(folder.Path), dequantized = LanguageModel.Load(folder.Path, new() { Arithmetic = Arithmetic.Float32 });
        AssertSame(packed, dequantized);
    }

    [Fact]
    public void A_folder_as_mlx_lm_writes_it_runs_and_is_close_to_the_dense_model()
    {
        using var folder = new TemporaryFolder();
        PackedSample.WriteAsMlx(folder.Path, new(4, 64));
        using LanguageModel packed = LanguageModel.Load(folder.Path), dequantized = LanguageModel.Load(folder.Path, new() { Arithmetic = Arithmetic.Float32 });
        AssertSame(packed, dequantized);
        using LanguageModel dense = LanguageModel.Load(Paths.Model);
        EvaluationResult result = PerplexityEvaluation.Measure(packed, Text, new() { Context = 128, MaxWindows = 2 }, dense, cancellationToken: Token);
        Assert.InRange(result.KlDivergence!.Value, 1e-6, 0.1);
        Assert.InRange(result.Top1Agreement!.Value, 0.8, 1);
        GenerationResult generated = new TextGenerator(packed).Generate(
            "The captain of the ship", new() { MaxTokens = 8, Temperature = 0 }, cancellationToken: Token);
        Assert.Equal(8, generated.Ids.Count);
    }

    private static void AssertSame(LanguageModel packed, LanguageModel dequantized)
    {
        int[] ids = [packed.Tokenizer.LeadingId!.Value, .. packed.Tokenizer.Encode(Text[..300])];
        float[] expected = dequantized.Logits(ids), actual = packed.Logits(ids);
        double worst = expected.Zip(actual, (e, a) => Math.Abs(e - a) / (1 + Math.Abs(e))).Max();
        Assert.True(worst <= LogitsTolerance, $"The largest difference is {worst}.");

        // One token at a time goes through other kernels than a prompt does.
        using Sequence sequence = packed.Begin(new() { KeyValues = KeyValueFormat.F32, Products = ProductArithmetic.Float32 });
        sequence.Append(ids.AsSpan(0, ids.Length - 1), Token);
        float[] last = sequence.Decode(ids[^1], Token).ToArray();
        worst = expected[^last.Length..].Zip(last, (e, a) => Math.Abs(e - a) / (1 + Math.Abs(e))).Max();
        Assert.True(worst <= LogitsTolerance, $"The largest difference after decoding is {worst}.");

        var options = new EvaluationOptions { Context = 64, MaxWindows = 3 };
        double packedPerplexity = PerplexityEvaluation.Measure(packed, Text, options, cancellationToken: Token).Perplexity;
        double perplexity = PerplexityEvaluation.Measure(dequantized, Text, options, cancellationToken: Token).Perplexity;
        Assert.InRange(packedPerplexity / perplexity, 1 - PerplexityTolerance, 1 + PerplexityTolerance);
    }
}
