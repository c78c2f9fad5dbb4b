using DecoupleQ.Checkpoints;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Tests.Calibration;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Every supported architecture goes through the whole job and back through the packed forward pass.</summary>
public sealed class ArchitectureJobTests
{
    public static MatrixTheoryData<string, int> Models => new(
        ["tiny-llama3", "tiny-llama-biases-linear", "tiny-llama-mha-tied", "tiny-llama-spm", "tiny-mistral", "tiny-qwen2", "tiny-qwen3"], [32, -1]);

    [Theory]
    [MemberData(nameof(Models))]
    public void A_tiny_model_is_quantized_to_2_bits_and_runs(string name, int groupSize)
    {
        string dense = Paths.Golden("golden", "tiny", name);
        using var folder = new TemporaryFolder();
        int vocabulary = name == "tiny-llama-spm" ? 4096 : 320;
        var options = new QuantizationOptions
        {
            Model = dense,
            Output = folder["packed"],
            Calibration = [Ids.Write(folder["ids.safetensors"], windows: 5, context: 24, vocabulary)],
            Format = new(2, groupSize),
            Samples = 4,
            Threads = 1,
            Minimisation = new() { Epochs = 1, TrainBiases = true },
        };
        QuantizationReport report = QuantizationJob.Run(options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.All(report.Layers, layer => Assert.InRange(layer.RelativeLoss, 1e-9, 0.9));

        using LanguageModel packed = LanguageModel.Load(options.Output);
        using LanguageModel dequantized = LanguageModel.Load(options.Output, new() { Arithmetic = Arithmetic.Float32 });
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(dense, "expected.safetensors"), TensorAccess.Read);
        int[] ids = [.. golden.ReadIntegers("0.ids").Select(id => (int)id)];
        float[] logits = packed.Logits(ids), expected = dequantized.Logits(ids);
        Assert.All(logits, logit => Assert.True(float.IsFinite(logit)));
        Assert.True(expected.Zip(logits, (e, a) => Math.Abs(e - a) / (1 + Math.Abs(e))).Max() < 1e-4);

        using Sequence sequence = packed.Begin(new() { KeyValues = KeyValueFormat.F32, Products = ProductArithmetic.Float32 });
        sequence.Append(ids.AsSpan(0, ids.Length - 1), TestContext.Current.CancellationToken);
        float[] last = sequence.Decode(ids[^1], TestContext.Current.CancellationToken).ToArray();
        Assert.True(expected[^last.Length..].Zip(last, (e, a) => Math.Abs(e - a) / (1 + Math.Abs(e))).Max() < 1e-4);
    }
}
