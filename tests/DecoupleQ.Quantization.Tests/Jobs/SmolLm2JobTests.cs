using DecoupleQ.Checkpoints;
using DecoupleQ.Hardware;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Jobs on a published model in a GGUF file, of which only the first two blocks are quantized.</summary>
public sealed class SmolLm2JobTests
{
    [Fact]
    public void A_group_size_that_does_not_divide_its_inputs_is_refused_with_those_that_do()
    {
        using var folder = new TemporaryFolder();
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Run(folder["out"], groupSize: 128, threads: 1));
        Assert.Equal("group-size", error.Field);
        Assert.Contains("has 576 inputs, which groups of 128 do not divide", error.Message);
        Assert.Equal("32, 64, or -1 (per channel)", error.Expected);
        Assert.False(Directory.Exists(folder["out"] + ".partial"));
    }

    [Fact]
    public void Two_runs_and_one_and_two_threads_give_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        QuantizationReport report = Run(folder["one"], groupSize: 64, threads: 1);
        Assert.Equal(14, report.Layers.Count);
        Assert.All(report.Layers, layer => Assert.InRange(layer.RelativeLoss, 1e-9, 0.5));
        Run(folder["two"], groupSize: 64, threads: 2);
        Folders.AssertSame(folder["one"], folder["two"]);
    }

    [Fact]
    public void What_is_not_quantized_keeps_its_blocks()
    {
        using var folder = new TemporaryFolder();
        QuantizationOptions options = Options(folder["out"], groupSize: 64, threads: 2) with
        {
            Blocks = 1,
            Minimisation = new() { Epochs = 0 },
            Overrides = [new() { Match = "v_proj", Skip = true }],
        };
        JobEstimate estimate = JobEstimate.Of(options, new MachineSpeed(2, 2e11, 3e10), TestContext.Current.CancellationToken);
        QuantizationReport report = QuantizationJob.Run(options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.InRange(estimate.OutputBytes, 0.999 * report.OutputBytes, 1.001 * report.OutputBytes);

        using Checkpoint source = CheckpointFiles.Open(options.Model, TensorAccess.Read), packed = CheckpointFiles.Open(folder["out"]);
        AssertKept("model.embed_tokens", new AffineFormat(8, 32));
        AssertKept("model.layers.0.self_attn.v_proj", new AffineFormat(4, 32));
        AssertKept("model.layers.29.mlp.down_proj", new AffineFormat(4, 32));
        Assert.Equal(new AffineFormat(2, 64), packed.Quantization!.FormatOf("model.layers.0.self_attn.k_proj"));
        using LanguageModel model = LanguageModel.Load(folder["out"]);
        Assert.All(model.Logits([1, 2, 3]), logit => Assert.True(float.IsFinite(logit)));

        void AssertKept(string module, AffineFormat format)
        {
            AffineMatrix kept = Assert.IsType<AffineMatrix>(packed.ReadWeight(module));
            Assert.Equal((format.Bits, format.GroupSize, ElementType.F16), (kept.Bits, kept.GroupSize, kept.ScaleType));
            Assert.Equal(format, packed.Quantization!.FormatOf(module));
            var weights = new float[kept.Rows * kept.Columns];
            kept.DequantizeRows(0, kept.Rows, weights);
            Assert.True(source.Source.ReadFloats(module + ".weight").AsSpan().SequenceEqual(weights));
        }
    }

    private static QuantizationReport Run(string output, int groupSize, int threads) =>
        QuantizationJob.Run(Options(output, groupSize, threads), cancellationToken: TestContext.Current.CancellationToken);

    private static QuantizationOptions Options(string output, int groupSize, int threads) => new()
    {
        Model = Paths.Golden("models", "smollm2-135m-instruct", "model.gguf"),
        Output = output,
        Calibration = [Paths.Golden("golden", "smollm2-calibration.safetensors")],
        Format = new(2, groupSize),
        Samples = 2,
        HeldOutSamples = 1,
        Blocks = 2,
        Threads = threads,
        Minimisation = new() { Epochs = 1 },
    };
}
