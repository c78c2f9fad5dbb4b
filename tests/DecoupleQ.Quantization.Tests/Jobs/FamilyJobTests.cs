using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Tests.Calibration;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Families whose blocks are not Llama's: quantized, trained, and held against the dense folder made of the packed one.</summary>
public sealed class FamilyJobTests
{
    private const float Tolerance = 5e-4f;

    [Theory]
    [InlineData("tiny-gemma3", "model.layers.0.post_feedforward_layernorm.weight")]
    [InlineData("tiny-olmo2", "model.layers.0.self_attn.q_norm.weight")]
    public void The_packed_folder_gives_what_the_dense_folder_made_of_it_gives(string name, string norm)
    {
        string model = Paths.Golden("golden", "families", name);
        using var folder = new TemporaryFolder();
        var options = new QuantizationOptions
        {
            Model = model,
            Output = folder["packed"],
            Calibration = [Ids.Write(folder["ids.safetensors"], windows: 8, context: 24, vocabulary: 320)],
            Format = new(2, 32),
            Samples = 6,
            HeldOutSamples = 2,
            Threads = 2,
            Minimisation = new() { Epochs = 2, LearningRate = 1e-3 },
        };
        QuantizationReport report = QuantizationJob.Run(options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains(report.Blocks, block => block.Training!.Kept);
        AssertTrained(model, options.Output, norm);

        ConversionJob.Run(
            new() { Model = options.Output, Output = folder["dense"], Type = ElementType.F32 }, cancellationToken: TestContext.Current.CancellationToken);
        using LanguageModel packed = LanguageModel.Load(options.Output), dense = LanguageModel.Load(folder["dense"]);
        using SafetensorsFile golden = SafetensorsFile.Open(Path.Combine(model, "expected.safetensors"), TensorAccess.Read);
        int[] ids = [.. golden.ReadIntegers("0.ids").Select(id => (int)id)];
        float[] expected = dense.Logits(ids);
        AssertClose(expected, packed.Logits(ids));

        using Sequence sequence = packed.Begin(new() { KeyValues = KeyValueFormat.F32, Products = ProductArithmetic.Float32 });
        int first = ids.Length / 2, vocabulary = packed.VocabularySize;
        AssertClose(Row(first - 1), sequence.Append(ids.AsSpan(0, first), TestContext.Current.CancellationToken).ToArray());
        for (int i = first; i < ids.Length; i++)
        {
            AssertClose(Row(i), sequence.Decode(ids[i], TestContext.Current.CancellationToken).ToArray());
        }

        float[] Row(int position) => expected[(position * vocabulary)..((position + 1) * vocabulary)];
    }

    // Training moves a norm by a few steps, whichever way it is stored.
    private static void AssertTrained(string before, string after, string norm)
    {
        using Checkpoint dense = CheckpointFiles.Open(before), packed = CheckpointFiles.Open(after);
        float[] start = dense.ReadVector(norm), end = packed.ReadVector(norm);
        Assert.NotEqual(start, end);
        Assert.InRange(start.Zip(end, (s, e) => Math.Abs(s - e)).Max(), 1e-5f, 0.1f);
        Assert.Equal(dense.Tensors[norm].Type, packed.Tensors[norm].Type);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(worst <= Tolerance, $"The largest difference is {worst}.");
    }
}
