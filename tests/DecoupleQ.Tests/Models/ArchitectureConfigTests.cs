using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

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
        """
        {"rope_theta": 500000, "rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
         "original_max_position_embeddings": 64}}
        """,
        """
        {"rope_parameters": {"rope_theta": 500000, "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
         "original_max_position_embeddings": 64}}
        """)]
    public void Both_spellings_of_the_rotary_embedding_mean_the_same(string old, string current)
    {
        float[] angles = Angles(Plan(old));
        Assert.Equal(angles, Angles(Plan(current)));
        Assert.NotEqual(angles, Angles(Plan("{}")));
    }

    [Fact]
    public void Of_two_spellings_that_disagree_the_older_scaling_counts_with_a_warning_as_in_transformers()
    {
        const string Linear = """{"rope_scaling": {"type": "linear", "factor": 4}}""";
        ModelPlan both = Plan(
            """{"rope_scaling": {"type": "linear", "factor": 4}, "rope_parameters": {"rope_type": "default", "rope_theta": 10000}}""");
        Assert.Equal(Angles(Plan(Linear)), Angles(both));
        Assert.Contains("rope_scaling", Assert.Single(both.Warnings));
        // Its base goes with it.
        Assert.Equal(
            Angles(Plan(Linear)),
            Angles(Plan("""{"rope_scaling": {"type": "linear", "factor": 4}, "rope_parameters": {"rope_type": "yarn", "rope_theta": 77, "factor": 2}}""")));
        ModelPlan agreeing = Plan(
            """
            {"rope_theta": 500, "rope_scaling": {"type": "linear", "factor": 4},
             "rope_parameters": {"rope_type": "linear", "factor": 4.0, "rope_theta": 500}}
            """);
        Assert.Empty(agreeing.Warnings);
        ModelPlan bases = Plan("""{"rope_theta": 500, "rope_parameters": {"rope_type": "default", "rope_theta": 10000}}""");
        Assert.Equal(Angles(Plan("{}")), Angles(bases));
        Assert.Contains("rope_theta", Assert.Single(bases.Warnings));
        // Nothing is what an empty object asks for.
        Assert.Equal(Angles(Plan("""{"rope_theta": 500}""")), Angles(Plan("""{"rope_theta": 500, "rope_scaling": {}, "rope_parameters": {}}""")));
    }

    [Fact]
    public void The_older_scaling_of_Gemma_goes_over_the_parameters_of_the_layers_that_see_everything()
    {
        const string Kinds = """
            "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 1000000}, "sliding_attention": {"rope_theta": 20000}}
            """;
        string layers = """{"layer_types": ["sliding_attention", "full_attention", "sliding_attention"], """;
        ModelPlan plain = Plan(Gemma(layers + Kinds + "}"));
        ModelPlan scaled = Plan(Gemma(layers + Kinds + """, "rope_scaling": {"rope_type": "linear", "factor": 8}}"""));
        Assert.Equal(Angles(plain, 0), Angles(scaled, 0));
        Assert.NotEqual(Angles(plain, 1), Angles(scaled, 1));
        Assert.Single(scaled.Warnings);
        Assert.Empty(plain.Warnings);
        Refused(Gemma("""{"rope_parameters": {"rope_type": "default"}}"""), "rope_parameters");
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
            [.. Enumerable.Repeat<int?>(null, 28), 8, 8],
            Windows("""{"model_type": "qwen2", "sliding_window": 8, "use_sliding_window": true, "num_hidden_layers": 30}"""));
        Assert.Equal(
            [8, null, 8],
            Windows(
                """
                {"model_type": "qwen3", "sliding_window": 8, "use_sliding_window": true,
                 "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}
                """));
    }

    [Fact]
    public void Gemma_has_a_window_and_a_rotary_base_per_kind_of_layer_in_either_spelling()
    {
        const string Old = """
            {"rope_theta": 1000000, "rope_local_base_freq": 20000, "rope_scaling": {"rope_type": "linear", "factor": 8}, "sliding_window_pattern": 2}
            """;
        const string Current = """
            {"layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "rope_parameters": {
                "full_attention": {"rope_type": "linear", "factor": 8, "rope_theta": 1000000},
                "sliding_attention": {"rope_type": "default", "rope_theta": 20000}}}
            """;
        Assert.Equal([8, null, 8], Windows(Gemma(Old)));
        Assert.Equal([8, null, 8], Windows(Gemma(Current)));
        ModelPlan old = Plan(Gemma(Old)), current = Plan(Gemma(Current));
        for (int block = 0; block < 2; block++)
        {
            Assert.Equal(Angles(old, block), Angles(current, block));
        }
        Assert.Equal(new RotaryEmbedding(RotaryEmbedding.Frequencies(16, 20000)).Angles(1, 100).Cosines.ToArray(), Angles(old, 0));
        Assert.NotEqual(Angles(old, 0), Angles(old, 1));
    }

    [Theory]
    [InlineData("float32", 10.954452f)]
    [InlineData("bfloat16", 10.9375f)]
    public void The_embedding_of_Gemma_is_scaled_by_the_root_of_the_width_in_the_type_of_the_weights(string type, float scale)
    {
        ModelPlan plan = Plan(Gemma($$"""{"dtype": "{{type}}", "hidden_size": 120}"""));
        Assert.Equal(scale, plan.EmbeddingScale);
        Assert.True(plan.HeadIsEmbedding);
    }

    [Theory]
    [InlineData("""{"layer_types": ["full_attention", "sliding_attention", "full_attention"], "sliding_window_pattern": 2}""", "sliding_window_pattern")]
    [InlineData("""{"layer_types": ["full_attention", "sliding_attention", "full_attention"], "_sliding_window_pattern": 2}""", "_sliding_window_pattern")]
    [InlineData("""{"sliding_window_pattern": 2, "_sliding_window_pattern": 3}""", "_sliding_window_pattern")]
    [InlineData("""{"dtype": "bfloat16", "torch_dtype": "float32"}""", "torch_dtype")]
    public void What_Gemma_says_twice_and_otherwise_is_warned_of(string fields, string field) =>
        Assert.Contains(field, Assert.Single(Plan(Gemma(fields)).Warnings));

    [Theory]
    [InlineData("""{"layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "sliding_window_pattern": 2}""")]
    [InlineData("""{"layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "_sliding_window_pattern": 2}""")]
    [InlineData("""{"sliding_window_pattern": 2, "_sliding_window_pattern": 2, "dtype": "bfloat16", "torch_dtype": "bfloat16"}""")]
    public void What_Gemma_says_twice_in_agreement_is_not(string fields) => Assert.Empty(Plan(Gemma(fields)).Warnings);

    [Theory]
    [InlineData("""{"final_logit_softcapping": 30}""", "final_logit_softcapping")]
    [InlineData("""{"attn_logit_softcapping": 50}""", "attn_logit_softcapping")]
    [InlineData("""{"use_bidirectional_attention": true}""", "use_bidirectional_attention")]
    [InlineData("""{"hidden_activation": "gelu"}""", "hidden_activation")]
    [InlineData("""{"query_pre_attn_scalar": 0}""", "query_pre_attn_scalar")]
    [InlineData("""{"query_pre_attn_scalar": 1e-320}""", "query_pre_attn_scalar")]
    [InlineData("""{"query_pre_attn_scalar": 1e300}""", "query_pre_attn_scalar")]
    [InlineData("""{"rope_local_base_freq": 1e-320}""", "rope_local_base_freq")]
    [InlineData("""{"sliding_window": null}""", "sliding_window")]
    [InlineData("""{"head_dim": null}""", "head_dim")]
    [InlineData("""{"rope_local_base_freq": 0}""", "rope_local_base_freq")]
    [InlineData("""{"rope_parameters": {"sliding_attention": {"rope_type": "default"}}}""", "rope_parameters.full_attention")]
    public void What_Gemma_cannot_do_here_is_refused_by_name(string fields, string field) => Refused(Gemma(fields), field);

    [Theory]
    [InlineData("""{"model_type": "llama", "rope_parameters": {"full_attention": {"rope_type": "default"}}}""", "rope_parameters.full_attention")]
    [InlineData("""{"model_type": "olmo2", "clip_qkv": 8}""", "clip_qkv")]
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
    [InlineData("""{"rms_norm_eps": 0}""", "rms_norm_eps")]
    [InlineData("""{"rms_norm_eps": 1e-320}""", "rms_norm_eps")]
    [InlineData("""{"rms_norm_eps": 1e-45}""", "rms_norm_eps")]
    [InlineData("""{"rope_theta": 1e-320}""", "rope_theta")]
    [InlineData("""{"rope_theta": 0.5}""", "rope_theta")]
    [InlineData("""{"rope_theta": 1e308}""", "rope_theta")]
    [InlineData("""{"rope_scaling": {"rope_type": "linear", "factor": 1e-320}}""", "rope_scaling.factor")]
    [InlineData("""{"rope_parameters": {"rope_type": "linear", "factor": 1e-320}}""", "rope_parameters.factor")]
    [InlineData("""{"rope_parameters": {"rope_type": "linear", "factor": 1e300}}""", "rope_parameters.factor")]
    [InlineData("""{"rope_parameters": {"rope_type": "default", "rope_theta": 1e-300}}""", "rope_parameters.rope_theta")]
    [InlineData(
        """{"rope_scaling": {"rope_type": "llama3", "factor": 1e-320, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64}}""",
        "rope_scaling.factor")]
    [InlineData(
        """{"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1e-320, "high_freq_factor": 4, "original_max_position_embeddings": 64}}""",
        "rope_scaling.low_freq_factor")]
    [InlineData(
        """{"rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 1e308, "original_max_position_embeddings": 64}}""",
        "rope_scaling.high_freq_factor")]
    [InlineData("""{"rms_norm_eps": "small"}""", "rms_norm_eps")]
    [InlineData("""{"tie_word_embeddings": "yes"}""", "tie_word_embeddings")]
    [InlineData("""{"attention_bias": 1}""", "attention_bias")]
    [InlineData("""{"sliding_window": 4096}""", "sliding_window")]
    [InlineData("""{"partial_rotary_factor": 0.5}""", "partial_rotary_factor")]
    [InlineData("""{"rope_theta": 0}""", "rope_theta")]
    [InlineData("""{"rope_scaling": {"type": "dynamic", "factor": 2}}""", "rope_scaling.type")]
    [InlineData("""{"rope_scaling": {"rope_type": "yarn", "factor": 2}}""", "rope_scaling.rope_type")]
    [InlineData("""{"rope_scaling": {"rope_type": "linear"}}""", "rope_scaling.factor")]
    [InlineData("""{"rope_parameters": {"rope_type": "linear", "factor": -1}}""", "rope_parameters.factor")]
    [InlineData(
        """
        {"rope_parameters": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4,
         "original_max_position_embeddings": 64}}
        """,
        "rope_parameters.high_freq_factor")]
    [InlineData(
        """{"rope_parameters": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4}}""",
        "rope_parameters.original_max_position_embeddings")]
    [InlineData("""{"model_type": "mistral", "sliding_window": 0}""", "sliding_window")]
    [InlineData("""{"model_type": "qwen2", "layer_types": ["full_attention"]}""", "layer_types")]
    [InlineData("""{"model_type": "qwen3", "layer_types": ["full_attention", "linear_attention", "full_attention"]}""", "layer_types")]
    [InlineData("""{"model_type": "qwen3", "layer_types": ["full_attention", "sliding_attention", "full_attention"]}""", "layer_types")]
    [InlineData(
        """
        {"model_type": "qwen3", "use_sliding_window": true, "layer_types": ["full_attention", "sliding_attention", "full_attention"]}
        """,
        "sliding_window")]
    [InlineData(
        """
        {"model_type": "qwen2", "sliding_window": 8, "use_sliding_window": false,
         "layer_types": ["full_attention", "sliding_attention", "full_attention"]}
        """,
        "layer_types")]
    [InlineData("""{"model_type": "mistral", "sliding_window": 8, "use_sliding_window": false}""", "use_sliding_window")]
    [InlineData(
        """{"model_type": "mistral", "sliding_window": 8, "layer_types": ["full_attention", "sliding_attention", "sliding_attention"]}""",
        "layer_types")]
    [InlineData("""{"layer_types": ["full_attention", "sliding_attention", "full_attention"]}""", "layer_types")]
    [InlineData("""{"rope_scaling": {"factor": 4}}""", "rope_scaling.rope_type")]
    [InlineData("""{"rope_parameters": {"rope_theta": 10000, "factor": 4}}""", "rope_parameters.rope_type")]
    [InlineData("""{"rope_scaling": {"rope_type": "default", "factor": 4}}""", "rope_scaling.factor")]
    [InlineData("""{"rope_scaling": {"rope_type": "linear", "factor": 4, "attention_factor": 2}}""", "rope_scaling.attention_factor")]
    [InlineData("""{"rope_scaling": {"rope_type": "linear", "factor": 4, "new_factor": 2}}""", "rope_scaling.new_factor")]
    [InlineData("""{"rope_scaling": {"rope_type": "linear", "type": "llama3", "factor": 4}}""", "rope_scaling.type")]
    [InlineData(
        """{"rope_scaling": {"rope_type": "yarn", "factor": 4}, "rope_parameters": {"rope_type": "default", "rope_theta": 10000}}""",
        "rope_scaling.rope_type")]
    [InlineData("""{"rope_scaling": "linear"}""", "rope_scaling")]
    public void What_cannot_be_run_is_refused_in_one_line_with_file_and_field(string fields, string field) => Refused(fields, field);

    [Theory]
    [InlineData("""{"rope_theta": 1e15, "rope_scaling": {"rope_type": "linear", "factor": 1e6}}""")]
    [InlineData(
        """
        {"rope_theta": 1e15, "rope_scaling": {"rope_type": "llama3", "factor": 1e6, "low_freq_factor": 1e-6, "high_freq_factor": 0.0000010000000000000002,
         "original_max_position_embeddings": 2147483647}}
        """)]
    [InlineData(
        """
        {"rope_theta": 1, "rope_scaling": {"rope_type": "llama3", "factor": 1e-6, "low_freq_factor": 999999999.9999999, "high_freq_factor": 1e9,
         "original_max_position_embeddings": 1}}
        """)]
    [InlineData("""{"rope_theta": 1, "rope_scaling": {"rope_type": "linear", "factor": 1e-6}}""")]
    public void The_ends_of_the_ranges_make_angles_that_are_numbers(string fields)
    {
        foreach (int position in (int[])[0, 1, 100_000])
        {
            (ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines) =
                Plan(fields).Blocks[0].Operations.OfType<RotaryOperation>().First().Rotary.Angles(position, 10);
            for (int i = 0; i < cosines.Length; i++)
            {
                Assert.Equal(1, Math.Pow(cosines.Span[i], 2) + Math.Pow(sines.Span[i], 2), 1e-5);
            }
        }
    }

    private static void Refused(string fields, string field)
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
            """
            {"model_type": "llama", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4,
             "vocab_size": 100, "hidden_act": "silu"}
            """)!.AsObject();
        foreach ((string name, JsonNode? value) in JsonNode.Parse(fields)!.AsObject())
        {
            config[name] = value?.DeepClone();
        }
        return Architecture.Plan(new JsonSection(File, config));
    }

    // Gemma's fields, with those that a test gives.
    private static string Gemma(string fields)
    {
        JsonObject given = JsonNode.Parse(fields)!.AsObject();
        JsonObject config = JsonNode.Parse(
            """
            {"model_type": "gemma3_text", "head_dim": 16, "num_key_value_heads": 2, "query_pre_attn_scalar": 16, "sliding_window": 8}
            """)!.AsObject();
        foreach ((string name, JsonNode? value) in given)
        {
            config[name] = value?.DeepClone();
        }
        return config.ToJsonString();
    }

    private static float[] Angles(ModelPlan plan, int block = 0) =>
        [.. plan.Blocks[block].Operations.OfType<RotaryOperation>().First().Rotary.Angles(1, 100).Cosines.Span];

    private static int?[] Windows(string fields) =>
        [.. Plan(fields).Blocks.Select(block => block.Operations.OfType<AttentionOperation>().Single().Shape.Window)];
}
