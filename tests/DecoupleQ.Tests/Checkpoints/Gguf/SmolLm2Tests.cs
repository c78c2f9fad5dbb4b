using DecoupleQ.Checkpoints;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>A published model, quantized to Q4_1 and Q8_0, against its float64 golden file.</summary>
public sealed class SmolLm2Tests
{
    private const float Tolerance = 2e-3f;

    [Fact]
    public void Logits_and_greedy_continuations_equal_the_golden_ones()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Golden("models", "smollm2-135m-instruct", "model.gguf"));
        using SafetensorsFile expected = SafetensorsFile.Open(Paths.Golden("golden", "smollm2.safetensors"), TensorAccess.Read);
        for (int i = 0; i < 4; i++)
        {
            int[] ids = Ids(expected, $"{i}.ids"), greedy = Ids(expected, $"{i}.greedy");
            float[] logits = model.Logits(ids);
            AssertClose(expected.ReadFloats($"{i}.lastLogits"), logits[^model.VocabularySize..]);
            int[] top = Ids(expected, $"{i}.topIds");
            AssertClose(expected.ReadFloats($"{i}.topLogits"), [.. top.Select((id, n) => logits[(n / 16 * model.VocabularySize) + id])]);
            AssertClose(expected.ReadFloats($"{i}.logSumExp"), [.. Enumerable.Range(0, ids.Length).Select(n => LogSumExp(logits.AsSpan(n * model.VocabularySize, model.VocabularySize)))]);
            Assert.Equal(greedy, Continue(model, ids, greedy.Length));
        }
    }

    private static int[] Continue(LanguageModel model, int[] ids, int length)
    {
        using Sequence sequence = model.Begin();
        var all = new List<int>(ids);
        ReadOnlySpan<float> logits = sequence.Append(ids, TestContext.Current.CancellationToken);
        while (all.Count < length)
        {
            int best = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);
            Assert.DoesNotContain(best, model.EndIds);
            all.Add(best);
            logits = sequence.Decode(best, TestContext.Current.CancellationToken);
        }
        return [.. all];
    }

    private static int[] Ids(SafetensorsFile file, string name) => [.. file.ReadIntegers(name).Select(id => (int)id)];

    private static float LogSumExp(ReadOnlySpan<float> logits)
    {
        double max = System.Numerics.Tensors.TensorPrimitives.Max(logits), sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - max);
        }
        return (float)(max + Math.Log(sum));
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(worst <= Tolerance, $"The largest difference is {worst}.");
    }
}
