using DecoupleQ.Checkpoints;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Models;

/// <summary>Random tiny checkpoints of each architecture, as transformers saves them, with its logits in float64.</summary>
public sealed class TinyModelTests
{
    private const float Tolerance = 5e-4f;

    public static TheoryData<string> WithAllLogits =>
        ["tiny-llama3", "tiny-llama-biases-linear", "tiny-llama-mha-tied", "tiny-mistral", "tiny-qwen2", "tiny-qwen3"];

    [Theory]
    [MemberData(nameof(WithAllLogits))]
    public void Logits_equal_the_golden_ones(string name)
    {
        string folder = Paths.Golden("golden", "tiny", name);
        using LanguageModel model = LanguageModel.Load(folder);
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"), TensorAccess.Read);
        for (int i = 0; i < 2; i++)
        {
            int[] ids = [.. expected.ReadIntegers($"{i}.ids").Select(id => (int)id)];
            AssertClose(expected.ReadFloats($"{i}.logits"), model.Logits(ids));
        }
    }

    [Theory]
    [MemberData(nameof(WithAllLogits))]
    public void Token_by_token_with_a_cache_gives_the_same_logits(string name)
    {
        string folder = Paths.Golden("golden", "tiny", name);
        using LanguageModel model = LanguageModel.Load(folder);
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"), TensorAccess.Read);
        int[] ids = [.. expected.ReadIntegers("0.ids").Select(id => (int)id)];
        float[] logits = expected.ReadFloats("0.logits");
        using Sequence sequence = model.Begin(new() { KeyValues = KeyValueFormat.F32, Products = ProductArithmetic.Float32 });
        int prompt = ids.Length / 2;
        AssertClose(Row(prompt - 1), sequence.Append(ids.AsSpan(0, prompt), TestContext.Current.CancellationToken).ToArray());
        for (int i = prompt; i < ids.Length; i++)
        {
            AssertClose(Row(i), sequence.Decode(ids[i], TestContext.Current.CancellationToken).ToArray());
        }

        float[] Row(int position) => logits[(position * model.VocabularySize)..((position + 1) * model.VocabularySize)];
    }

    [Fact]
    public void The_best_logits_of_a_large_vocabulary_equal_the_golden_ones()
    {
        string folder = Paths.Golden("golden", "tiny", "tiny-llama-spm");
        using LanguageModel model = LanguageModel.Load(folder);
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"), TensorAccess.Read);
        for (int i = 0; i < 2; i++)
        {
            int[] ids = [.. expected.ReadIntegers($"{i}.ids").Select(id => (int)id)];
            float[] logits = model.Logits(ids);
            long[] topIds = expected.ReadIntegers($"{i}.topIds");
            AssertClose(expected.ReadFloats($"{i}.topLogits"), [.. topIds.Select((id, n) => logits[(n / 16 * model.VocabularySize) + (int)id])]);
            AssertClose(expected.ReadFloats($"{i}.lastLogits"), logits[^model.VocabularySize..]);
        }
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(worst <= Tolerance, $"The largest difference is {worst}.");
    }
}
