using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>Scalings recovered from the divisors that converters write.</summary>
public sealed class RotaryDivisorsTests
{
    [Theory]
    [InlineData(128, 500_000, 8, 1, 4, 8192)]
    [InlineData(64, 500_000, 32, 1, 4, 8192)]
    [InlineData(16, 500_000, 8, 1, 4, 64)]
    [InlineData(32, 10_000, 4, 1, 4, 2048)]
    public void The_scaling_of_published_models_is_found_exactly(int headSize, double theta, double factor, double low, double high, int context)
    {
        double[] plain = RotaryEmbedding.Frequencies(headSize, theta);
        JsonObject scaling = RotaryDivisors.ToScaling(Divisors(plain, factor, low, high, context), headSize, theta, null, "file")!;
        Assert.Equal("llama3", (string?)scaling["rope_type"]);
        Assert.Equal(factor, (double)scaling["factor"]!);
        Assert.Equal(low, (double)scaling["low_freq_factor"]!);
        Assert.Equal(high, (double)scaling["high_freq_factor"]!);
        Assert.Equal(context, (int)scaling["original_max_position_embeddings"]!);
    }

    [Theory]
    [InlineData(128, 500_000, 16, 1.5, 6, 4096)]
    [InlineData(128, 1_000_000, 3, 0.5, 16, 8192)]
    public void Another_scaling_is_found_up_to_a_multiple_of_its_parameters(int headSize, double theta, double factor, double low, double high, int context)
    {
        double[] plain = RotaryEmbedding.Frequencies(headSize, theta);
        JsonObject scaling = RotaryDivisors.ToScaling(Divisors(plain, factor, low, high, context), headSize, theta, null, "file")!;
        double[] expected = RotaryEmbedding.ScaleLlama3(plain, factor, low, high, context);
        double[] actual = RotaryEmbedding.ScaleLlama3(
            plain, (double)scaling["factor"]!, (double)scaling["low_freq_factor"]!, (double)scaling["high_freq_factor"]!, (int)scaling[
                "original_max_position_embeddings"
            ]!);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Math.Abs(pair.First) * 1e-5));
    }

    [Fact]
    public void Divisors_without_a_ramp_give_any_context_between()
    {
        double[] plain = RotaryEmbedding.Frequencies(8, 1e8);
        float[] divisors = Divisors(plain, 8, 1, 4, 10_000);
        Assert.Equal([1, 1, 8, 8], divisors);
        JsonObject scaling = RotaryDivisors.ToScaling(divisors, 8, 1e8, null, "file")!;
        Assert.Equal(divisors, Divisors(plain, 8, 1, 4, (int)scaling["original_max_position_embeddings"]!));
    }

    [Fact]
    public void One_divisor_for_all_is_a_linear_scaling_and_1_is_none()
    {
        Assert.Equal(2.5, (double)RotaryDivisors.ToScaling([2.5f, 2.5f, 2.5f, 2.5f], 8, 10_000, null, "file")!["factor"]!);
        Assert.Null(RotaryDivisors.ToScaling([1, 1, 1, 1], 8, 10_000, null, "file"));
    }

    [Fact]
    public void Linear_scaling_of_the_metadata_is_stated_in_the_config()
    {
        using var folder = new TemporaryFolder();
        using Checkpoint typed = CheckpointFiles.Open(
            GgufImage.Model().Add("llama.rope.scaling.type", "linear").Add("llama.rope.scaling.factor", 2.5f).Save(folder, "a.gguf"));
        using Checkpoint old = CheckpointFiles.Open(GgufImage.Model().Add("llama.rope.scale_linear", 4f).Save(folder, "b.gguf"));
        using Checkpoint none = CheckpointFiles.Open(
            GgufImage.Model().Add("llama.rope.scaling.type", "none").Add("llama.rope.scaling.factor", 4f).Save(folder, "c.gguf"));
        Assert.Equal((2.5, "linear"), ((double)typed.Config["rope_scaling"]!["factor"]!, (string?)typed.Config["rope_scaling"]!["rope_type"]));
        Assert.Equal(4, (double)old.Config["rope_scaling"]!["factor"]!);
        Assert.Null(none.Config["rope_scaling"]);
    }

    private static float[] Divisors(double[] plain, double factor, double low, double high, int context) =>
        [.. RotaryEmbedding.ScaleLlama3(plain, factor, low, high, context).Zip(plain, (scaled, frequency) => (float)(frequency / scaled))];
}
