using System.Text.Json;
using DecoupleQ.Checkpoints;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Models;

/// <summary>The sample model against logits and greedy texts of an independent implementation, which computed them in float32.</summary>
public sealed class Books8mTests : IDisposable
{
    private const float Tolerance = 1e-3f;
    private const int GreedyTokens = 64;

    private readonly LanguageModel _model = LanguageModel.Load(Paths.Model);

    public static TheoryData<int> Prompts => [0, 1, 2];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Prompts))]
    public void Logits_of_every_position_equal_the_golden_ones(int prompt)
    {
        using SafetensorsFile golden = Golden();
        float[] expected = golden.ReadFloats($"prompt{prompt}.logits"), actual = _model.Logits(Ids(golden, prompt, "ids"));
        Assert.Equal(expected.Length, actual.Length);
        float worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(worst <= Tolerance, $"The largest difference is {worst}.");
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public void A_prompt_is_encoded_and_continued_greedily_as_the_golden_one(int prompt)
    {
        using SafetensorsFile golden = Golden();
        int[] ids = Ids(golden, prompt, "ids"), greedy = Ids(golden, prompt, "greedy");
        (string text, string continued) = Text(prompt);
        Assert.Equal(ids, (int[])[_model.Tokenizer.LeadingId!.Value, .. _model.Tokenizer.Encode(text)]);

        string shown = "";
        GenerationResult result = new TextGenerator(_model).Generate(text, new() { MaxTokens = GreedyTokens }, piece => shown += piece, Token);
        Assert.Equal(greedy[ids.Length..], result.Ids);
        Assert.Equal(ids.Length, result.PromptTokens);
        Assert.Equal(continued, text + result.Text);
        Assert.Equal(result.Text, shown);
        Assert.Equal(FinishReason.MaxTokens, result.FinishReason);
    }

    [Theory]
    [MemberData(nameof(Prompts))]
    public void A_sequence_fed_in_uneven_pieces_chooses_the_golden_ids(int prompt)
    {
        using SafetensorsFile golden = Golden();
        int[] ids = Ids(golden, prompt, "ids"), greedy = Ids(golden, prompt, "greedy");
        using Sequence sequence = _model.Begin();
        sequence.Append(ids.AsSpan(0, 1), Token);
        sequence.Append(ids.AsSpan(1, 3), Token);
        int next = Best(sequence.Append(ids.AsSpan(4), Token));
        for (int i = ids.Length; i < greedy.Length; i++)
        {
            Assert.Equal(greedy[i], next);
            next = Best(sequence.Decode(next, Token));
        }
        Assert.Equal(greedy.Length, sequence.Length);
    }

    public void Dispose() => _model.Dispose();

    private static SafetensorsFile Golden() => SafetensorsFile.Open(Paths.Golden("golden", "books-8m-logits.safetensors"), TensorAccess.Read);

    private static int[] Ids(SafetensorsFile golden, int prompt, string part) => [.. golden.ReadIntegers($"prompt{prompt}.{part}").Select(id => (int)id)];

    private static int Best(ReadOnlySpan<float> logits) => System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);

    private static (string Prompt, string Greedy) Text(int prompt)
    {
        using JsonDocument texts = JsonDocument.Parse(File.ReadAllBytes(Paths.Golden("golden", "books-8m-greedy.json")));
        JsonElement item = texts.RootElement[prompt];
        return (item.GetProperty("prompt").GetString()!, item.GetProperty("greedy_text").GetString()!);
    }
}
