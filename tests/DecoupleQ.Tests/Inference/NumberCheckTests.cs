using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Models;

namespace DecoupleQ.Tests.Inference;

/// <summary>Logits that are not finite are an error that says where they began, and leaves the sequence and all others as they would be.</summary>
public sealed class NumberCheckTests
{
    private const int Large = 7;

    private static readonly int[] Prompt = [1, .. Enumerable.Range(1, 99).Select(i => 20 + (i * 104729 % 4000))];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, KeyValueFormat.F16)]
    [InlineData(1, KeyValueFormat.F16)]
    [InlineData(0, KeyValueFormat.F32)]
    [InlineData(1, KeyValueFormat.F32)]
    public void A_token_whose_values_overflow_names_its_block_in_every_call(int block, KeyValueFormat format)
    {
        using var folder = new TemporaryFolder();
        LargeValueModel.Write(folder.Path, Large, block, factor: 3e38f);
        using LanguageModel model = LanguageModel.Load(folder.Path, new() { Threads = 2, KeyValues = format });
        string expected = $"model.layers.{block}";
        using Sequence sequence = model.Begin(), fresh = model.Begin(), other = model.Begin(), fork = model.Begin();
        fresh.Append(Prompt, Token);
        sequence.Append(Prompt, Token);
        Assert.Equal(expected, Field(() => { sequence.Append([30, Large, 31], Token); }));
        Assert.Equal(expected, Field(() => { sequence.Decode(Large, Token); }));
        Assert.Equal(expected, Field(() => sequence.AppendAll([Large], (_, _, _) => { }, Token)));
        Assert.Equal(expected, Field(() => model.Embed([1, Large], Pooling.Mean, Token)));
        Assert.Equal((Prompt.Length, format), (sequence.Length, sequence.KeyValues));

        // Beside one that fails another is served.
        other.Append(Prompt, Token);
        AggregateException failure = Assert.Throws<AggregateException>(() => model.Decode([other, sequence], [9, Large], Token));
        Assert.Equal(expected, Assert.IsType<DecoupleQException>(Assert.Single(failure.InnerExceptions)).Field);
        Assert.Equal(fresh.Decode(9, Token).ToArray(), other.Logits.ToArray());
        fork.Append([.. Prompt, 9], Token);
        sequence.Append([9], Token);
        Assert.Equal(fork.Logits.ToArray(), sequence.Logits.ToArray());
    }

    [Fact]
    public void The_first_block_of_a_long_prompt_is_named_though_a_later_piece_ends_it()
    {
        using var folder = new TemporaryFolder();
        LargeValueModel.Write(folder.Path, Large, block: 1, factor: 3e38f);
        using LanguageModel model = LanguageModel.Load(folder.Path, new() { Threads = 2, ContextLength = 2000 });
        using Sequence sequence = model.Begin();
        int[] ids = [1, .. Enumerable.Range(1, 1199).Select(i => 20 + (i * 104729 % 4000))];
        ids[100] = Large;
        Assert.Equal("model.layers.1", Field(() => { sequence.Append(ids, Token); }));
        Assert.Equal(0, sequence.Length);
    }

    [Fact]
    public void It_is_said_though_no_memory_for_keys_and_values_is_left()
    {
        using var folder = new TemporaryFolder();
        LargeValueModel.Write(folder.Path, Large, block: 1, factor: 3e38f);
        using LanguageModel model = LanguageModel.Load(folder.Path);
        long limit = 2 * 64 * (long)model.KeyValueBytesPerToken(KeyValueFormat.F32);
        using LanguageModel limited = LanguageModel.Load(folder.Path, new() { KeyValueLimit = limit, KeyValues = KeyValueFormat.F32 });
        using Sequence sequence = limited.Begin();
        sequence.Append(Prompt, Token);
        Assert.Equal("model.layers.1", Field(() => { sequence.Decode(Large, Token); }));
    }

    [Fact]
    public void The_output_head_is_named_where_all_before_it_is_finite()
    {
        using var folder = new TemporaryFolder();
        ChangedModel.Write(
            folder.Path, Paths.Golden("golden", "tiny", "tiny-mistral"),
            new Dictionary<string, Action<float[]>> { ["lm_head.weight"] = head => Array.Fill(head, 3e38f, 100 * 64, 64) });
        using LanguageModel model = LanguageModel.Load(folder.Path);
        using Sequence sequence = model.Begin();
        Assert.Equal("the output head", Field(() => { sequence.Append([1, 2, 3], Token); }));
        Assert.Equal("the output head", Field(() => model.Logits([1, 2, 3])));
        Assert.All(model.Embed([1, 2, 3], Pooling.Last, Token), x => Assert.True(float.IsFinite(x)));
    }

    [Fact]
    public void The_embedding_is_named_where_its_scale_makes_a_number_too_large()
    {
        using var folder = new TemporaryFolder();
        ChangedModel.Write(
            folder.Path, Paths.Golden("golden", "families", "tiny-gemma3"),
            new Dictionary<string, Action<float[]>> { ["model.embed_tokens.weight"] = table => table[5 * 64] = 3e38f });
        using LanguageModel model = LanguageModel.Load(folder.Path);
        Assert.Equal("model.embed_tokens", Field(() => model.Logits([1, 5, 3])));
    }

    private static string? Field(Action call)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(call);
        Assert.True(error.IsModelFault);
        Assert.True(error.In("file").IsModelFault);
        return error.Field;
    }
}
