using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Models;
using DecoupleQ.Models.Architectures;

namespace DecoupleQ.Tests.Models;

/// <summary>What a config.json means, in both spellings, and what is refused.</summary>
public sealed class ArchitectureConfigTests
{
    private const string File = "models/m/config.json";

    [Theory]
    [InlineData("""{"rope_theta": 500000}""", """{"rope_parameters": {"rope_theta": 500000, "rope_type": "default"}}""")]
    [InlineData(
        """{"rope_theta": 1000, "rope_scaling": {"type": "linear", "factor": 4}}""",
        """{"rope_parameters": {"rope_theta": 1000, "rope_type": "linear", "factor": 4.0}}""")]
    [InlineData(
        """{"rope_theta": 500000, "rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64}}""",
        """{"rope_parameters": {"rope_theta": 500000, "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64}}""")]
    public void Both_spellings_of_the_rotary_embedding_mean_the_same(string old, string current)
    {
        float[] angles = Angles(Plan(old));
        Assert.Equal(angles, Angles(Plan(current)));
        Assert.NotEqual(angles, Angles(Plan("{}")));
    }

    [Fact]
    public void Fields_that_are_left_out_have_the_defaults_of_transformers()
    {
        ModelPlan plan = Plan("""{"num_key_value_heads": null, "max_position_embeddings": null, "rms_norm_eps": null}""");
        AttentionOperation attention = plan.Blocks[0].Operations.OfType<AttentionOperation>().Single();
        Assert.Equal((4, 4, 16), (attention.Shape.Heads, attention.Shape.KeyValueHeads, attention.Shape.HeadSize));
        Assert.Null(attention.Shape.Window);
        Assert.Equal(2048, plan.ContextLength);
        Assert.Equal(1e-6f, Assert.IsType<RmsNormOperation>(Assert.Single(plan.Final.Operations)).Epsilon);
        Assert.False(plan.HeadIsEmbedding);
        Assert.All(plan.Blocks[0].Linears, linear => Assert.False(linear.HasBias));
    }

    [Fact]
    public void A_head_size_that_is_given_need_not_divide_the_width()
    {
        ModelPlan plan = Plan("""{"head_dim": 24, "num_key_value_heads": 2}""");
        Assert.Equal(
            [("self_attn.k_proj", 64, 48), ("self_attn.v_proj", 64, 48), ("self_attn.q_proj", 64, 96), ("self_attn.o_proj", 96, 64)],
            plan.Blocks[0].Linears.Take(4).Select(l => (l.Module, l.Input.Width, l.Output.Width)));
    }

    [Fact]
    public void Mistral_and_Qwen_use_their_windows_where_they_say()
    {
        Assert.Equal([8, 8, 8], Windows("""{"model_type": "mistral", "sliding_window": 8}"""));
        Assert.Equal([null, null, null], Windows("""{"model_type": "mistral", "sliding_window": null}"""));
        Assert.Equal([null, null, null], Windows("""{"model_type": "qwen2", "sliding_window": 8}"""));
        Assert.Equal([null, 8, 8], Windows("""{"model_type": "qwen2", "sliding_window": 8, "use_sliding_window": true, "max_window_layers": 1}"""));
        Assert.Equal(
            [8, null, 8],
            Windows("""{"model_type": "qwen3", "sliding_window": 8, "use_sliding_window": true, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}"""));
    }

    [Theory]
    [InlineData("""{"model_type": "gpt_neox"}""", "model_type")]
    [InlineData("""{"model_type": null}""", "model_type")]
    [InlineData("""{"model_type": 3}""", "model_type")]
    [InlineData("""{"hidden_act": "gelu"}""", "hidden_act")]
    [InlineData("""{"hidden_act": ["silu"]}""", "hidden_act")]
    [InlineData("""{"hidden_size": null}""", "hidden_size")]
    [InlineData("""{"hidden_size": "64"}""", "hidden_size")]
    [InlineData("""{"hidden_size": 64.5}""", "hidden_size")]
    [InlineData("""{"hidden_size": 0}""", "hidden_size")]
    [InlineData("""{"hidden_size": 1e300}""", "hidden_size")]
    [InlineData("""{"num_hidden_layers": -1}""", "num_hidden_layers")]
    [InlineData("""{"num_hidden_layers": 2000000000}""", "num_hidden_layers")]
    [InlineData("""{"num_attention_heads": 5}""", "num_attention_heads")]
    [InlineData("""{"num_key_value_heads": 3}""", "num_key_value_heads")]
    [InlineData("""{"head_dim": 15}""", "head_dim")]
    [InlineData("""{"rms_norm_eps": -1}""", "rms_norm_eps")]
    [InlineData("""{"rms_norm_eps": "small"}""", "rms_norm_eps")]
    [InlineData("""{"tie_word_embeddings": "yes"}""", "tie_word_embeddings")]
    [InlineData("""{"attention_bias": 1}""", "attention_bias")]
    [InlineData("""{"sliding_window": 4096}""", "sliding_window")]
    [InlineData("""{"partial_rotary_factor": 0.5}""", "partial_rotary_factor")]
    [InlineData("""{"rope_theta": 0}""", "rope_theta")]
    [InlineData("""{"rope_scaling": "linear"}""", "rope_scaling")]
    [InlineData("""{"rope_scaling": {"type": "dynamic", "factor": 2}}""", "rope_scaling.type")]
    [InlineData("""{"rope_scaling": {"rope_type": "yarn", "factor": 2}}""", "rope_scaling.rope_type")]
    [InlineData("""{"rope_scaling": {"rope_type": "linear"}}""", "rope_scaling.factor")]
    [InlineData("""{"rope_parameters": {"rope_type": "linear", "factor": -1}}""", "rope_parameters.factor")]
    [InlineData("""{"rope_parameters": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4, "original_max_position_embeddings": 64}}""", "rope_parameters.high_freq_factor")]
    [InlineData("""{"rope_parameters": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4}}""", "rope_parameters.original_max_position_embeddings")]
    [InlineData("""{"model_type": "mistral", "sliding_window": 0}""", "sliding_window")]
    [InlineData("""{"model_type": "qwen2", "layer_types": ["full_attention"]}""", "layer_types")]
    [InlineData("""{"model_type": "qwen3", "layer_types": ["full_attention", "linear_attention", "full_attention"]}""", "layer_types")]
    [InlineData("""{"model_type": "qwen3", "layer_types": ["full_attention", "sliding_attention", "full_attention"]}""", "sliding_window")]
    public void What_cannot_be_run_is_refused_in_one_line_with_file_and_field(string fields, string field)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Plan(fields));
        Assert.Equal((File, field), (error.File, error.Field));
        Assert.StartsWith($"{File}: {field}: ", error.Message);
        Assert.NotNull(error.Expected);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static ModelPlan Plan(string fields)
    {
        JsonObject config = JsonNode.Parse(
            """{"model_type": "llama", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4, "vocab_size": 100, "hidden_act": "silu"}""")!.AsObject();
        foreach ((string name, JsonNode? value) in JsonNode.Parse(fields)!.AsObject())
        {
            config[name] = value?.DeepClone();
        }
        return Architecture.Plan(new JsonSection(File, config));
    }

    private static float[] Angles(ModelPlan plan) => [.. plan.Blocks[0].Operations.OfType<RotaryOperation>().First().Rotary.Angles(1, 100).Cosines.Span];

    private static int?[] Windows(string fields) => [.. Plan(fields).Blocks.Select(block => block.Operations.OfType<AttentionOperation>().Single().Shape.Window)];
}
