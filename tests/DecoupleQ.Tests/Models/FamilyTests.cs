using DecoupleQ.Checkpoints;
using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Models;

/// <summary>Random tiny checkpoints of further families, as transformers saves them, with its logits in float64.</summary>
public sealed class FamilyTests
{
    private const float Tolerance = 5e-4f;
    private const int PromptLength = 12;

    public static TheoryData<string> Families => ["tiny-gemma3", "tiny-olmo2"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Logits_equal_the_golden_ones(string name)
    {
        using Golden golden = new(name);
        for (int i = 0; i < 2; i++)
        {
            AssertClose(golden.Floats($"{i}.logits"), golden.Model.Logits(golden.Ids($"{i}.ids")));
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Token_by_token_with_a_cache_gives_the_same_logits(string name)
    {
        using Golden golden = new(name);
        int[] ids = golden.Ids("0.ids");
        float[] logits = golden.Floats("0.logits");
        int vocabulary = golden.Model.VocabularySize, prompt = ids.Length / 2;
        using Sequence sequence = golden.Model.Begin(new() { KeyValues = KeyValueFormat.F32, Products = ProductArithmetic.Float32 });
        AssertClose(Row(prompt - 1), sequence.Append(ids.AsSpan(0, prompt), TestContext.Current.CancellationToken).ToArray());
        for (int i = prompt; i < ids.Length; i++)
        {
            AssertClose(Row(i), sequence.Decode(ids[i], TestContext.Current.CancellationToken).ToArray());
        }

        float[] Row(int position) => logits[(position * vocabulary)..((position + 1) * vocabulary)];
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Greedy_ids_equal_the_golden_ones(string name)
    {
        using Golden golden = new(name);
        int[] expected = golden.Ids("greedy");
        var ids = new List<int>(expected.Take(PromptLength));
        using Sequence sequence = golden.Model.Begin();
        ReadOnlySpan<float> logits = sequence.Append(ids.ToArray(), TestContext.Current.CancellationToken);
        while (ids.Count < expected.Length)
        {
            ids.Add(System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits));
            logits = sequence.Decode(ids[^1], TestContext.Current.CancellationToken);
        }
        Assert.Equal(expected, ids);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(worst <= Tolerance, $"The largest difference is {worst}.");
    }

    /// <summary>A family's model, and what it is held against.</summary>
    private sealed class Golden : IDisposable
    {
        private readonly SafetensorsFile _expected;

        public Golden(string name)
        {
            string folder = Paths.Golden("golden", "families", name);
            Model = LanguageModel.Load(folder, new() { Threads = 2 });
            _expected = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"), TensorAccess.Read);
        }

        public LanguageModel Model { get; }

        public int[] Ids(string tensor) => [.. _expected.ReadIntegers(tensor).Select(id => (int)id)];

        public float[] Floats(string tensor) => _expected.ReadFloats(tensor);

        public void Dispose()
        {
            Model.Dispose();
            _expected.Dispose();
        }
    }
}
