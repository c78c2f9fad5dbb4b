using DecoupleQ.Quantization.Jobs;
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

    private static QuantizationReport Run(string output, int groupSize, int threads) => QuantizationJob.Run(
        new QuantizationOptions
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
        },
        cancellationToken: TestContext.Current.CancellationToken);
}
