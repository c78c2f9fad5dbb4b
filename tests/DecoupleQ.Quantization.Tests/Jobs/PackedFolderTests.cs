using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>What a job writes, read back by the runtime.</summary>
public sealed class PackedFolderTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 40).Select(i => i * 37 % TinyModel.Vocabulary)];

    [Theory]
    [InlineData(2, 32)]
    [InlineData(2, -1)]
    [InlineData(3, 32)]
    [InlineData(3, -1)]
    [InlineData(4, 32)]
    [InlineData(4, -1)]
    [InlineData(8, 32)]
    [InlineData(8, -1)]
    public void Packed_equals_dequantized(int bits, int groupSize)
    {
        string folder = model.Run(o => o with { Format = new(bits, groupSize) });
        using LanguageModel packed = LanguageModel.Load(folder), dequantized = LanguageModel.Load(folder, new() { Arithmetic = Arithmetic.Float32 });
        double worst = Worst(dequantized.Logits(Ids), packed.Logits(Ids));
        Assert.True(worst <= 5e-5, $"The largest difference is {worst}.");
        using Checkpoint checkpoint = CheckpointFiles.Open(folder);
        AffineMatrix layer = Assert.IsType<AffineMatrix>(checkpoint.ReadWeight("model.layers.1.mlp.down_proj"));
        Assert.Equal((bits, groupSize == -1 ? TinyModel.FeedForward : groupSize), (layer.Bits, layer.GroupSize));
    }

    [Fact]
    public void More_bits_come_closer_to_the_dense_model()
    {
        using LanguageModel dense = LanguageModel.Load(model.Folder);
        float[] expected = dense.Logits(Ids);
        double[] errors = [.. new[] { 2, 3, 4, 8 }.Select(bits =>
        {
            using LanguageModel packed = LanguageModel.Load(model.Run(o => o with { Format = new(bits, 32) }));
            return Math.Sqrt(expected.Zip(packed.Logits(Ids), (e, a) => Math.Pow(e - a, 2)).Average());
        })];
        for (int i = 1; i < errors.Length; i++)
        {
            Assert.True(errors[i] < 0.75 * errors[i - 1], string.Join(", ", errors));
        }
        Assert.True(errors[^1] < 0.05, $"{errors[^1]} at 8 bits");
    }

    [Theory]
    [InlineData(8, 16)]
    [InlineData(4, 16)]
    [InlineData(16, 8)]
    [InlineData(16, 4)]
    [InlineData(4, 8)]
    public void Embedding_and_head_are_packed_in_the_bits_asked_for(int embeddingBits, int headBits)
    {
        string folder = model.Run(o => o with { EmbeddingBits = embeddingBits, HeadBits = headBits });
        using (Checkpoint checkpoint = CheckpointFiles.Open(folder))
        {
            Check("model.embed_tokens", embeddingBits);
            Check("lm_head", headBits);

            void Check(string module, int bits)
            {
                WeightMatrix weight = checkpoint.ReadWeight(module);
                Assert.Equal(bits, weight is AffineMatrix affine ? affine.Bits : 16);
                using Checkpoint dense = CheckpointFiles.Open(model.Folder);
                float[] expected = Dequantized(dense.ReadWeight(module)), actual = Dequantized(weight);
                // At most a step of the range: half of one by rounding, and the grid, which holds 0, may end short of the range.
                double step = bits == 16 ? 0 : (expected.Max() - expected.Min()) / ((1 << bits) - 1);
                Assert.True(expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max() <= 1.01 * step, $"{module} at {bits} bits");
            }
        }
        using LanguageModel packed = LanguageModel.Load(folder), dequantized = LanguageModel.Load(folder, new() { Arithmetic = Arithmetic.Float32 });
        Assert.True(Worst(dequantized.Logits(Ids), packed.Logits(Ids)) <= 5e-5);
    }

    [Fact]
    public void Blocks_that_are_not_asked_for_stay_as_they_are()
    {
        string folder = model.Run(o => o with { Blocks = 1 });
        using Checkpoint packed = CheckpointFiles.Open(folder), dense = CheckpointFiles.Open(model.Folder);
        Assert.IsType<AffineMatrix>(packed.ReadWeight("model.layers.0.mlp.up_proj"));
        foreach (string tensor in dense.Tensors.Keys.Where(name => !name.StartsWith("model.layers.0.", StringComparison.Ordinal)))
        {
            Assert.Equal(Bytes(dense, tensor), Bytes(packed, tensor));
        }
        using LanguageModel loaded = LanguageModel.Load(folder);
        Assert.All(loaded.Logits(Ids), logit => Assert.True(float.IsFinite(logit)));
    }

    [Fact]
    public void The_report_counts_every_stored_bit()
    {
        QuantizationOptions options = model.Options(model.NewOutput());
        QuantizationReport report = QuantizationJob.Run(options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(2 + (32.0 / 32), report.BitsPerWeight.QuantizedLayers, 1e-12); // 2 bits, and two F16 for 32 weights
        using Checkpoint packed = CheckpointFiles.Open(options.Output), dense = CheckpointFiles.Open(model.Folder);
        long stored = packed.Tensors.Values.Sum(t => t.ByteLength), weights = dense.Tensors.Values.Sum(t => t.ByteLength) / 2;
        Assert.Equal(stored * 8.0 / weights, report.BitsPerWeight.All, 1e-12);
        Assert.Equal((stored, weights * 2), (report.OutputBytes, report.DenseBytes));
        Assert.Equal(14, report.Layers.Count);
        Assert.All(report.Layers, layer => Assert.True(layer.Loss > 0 && layer.RelativeLoss is > 0 and < 1, layer.Name));
        Assert.All(report.Blocks, block => Assert.NotNull(block.Training));
    }

    private static double Worst(float[] expected, float[] actual)
    {
        Assert.All(actual, value => Assert.True(float.IsFinite(value)));
        return expected.Zip(actual, (e, a) => Math.Abs(e - a) / (1.0 + Math.Abs(e))).Max();
    }

    private static float[] Dequantized(WeightMatrix matrix)
    {
        var elements = new float[matrix.Rows * matrix.Columns];
        matrix.DequantizeRows(0, matrix.Rows, elements);
        return elements;
    }

    private static byte[] Bytes(Checkpoint checkpoint, string tensor)
    {
        using var stream = new MemoryStream();
        checkpoint.CopyTensor(tensor, stream, TestContext.Current.CancellationToken);
        return stream.ToArray();
    }
}
