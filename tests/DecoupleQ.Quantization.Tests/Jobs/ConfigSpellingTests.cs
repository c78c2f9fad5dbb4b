using System.Text.Json.Nodes;
using DecoupleQ.Models;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>Folders carry both spellings of a config, so that a reader of either has the same model.</summary>
public sealed class ConfigSpellingTests
{
    private static readonly string[] Newer = ["rope_parameters", "dtype", "layer_types"];

    private static readonly string[] Older =
        ["rope_theta", "rope_scaling", "rope_local_base_freq", "torch_dtype", "sliding_window_pattern", "_sliding_window_pattern"];

    public static TheoryData<string> Configs =>
    [
        """{"model_type": "llama", "rope_theta": 500000, "torch_dtype": "bfloat16"}""",
        """{"model_type": "llama", "rope_parameters": {"rope_theta": 500000.0, "rope_type": "default"}, "dtype": "float16"}""",
        """{"model_type": "qwen2", "rope_theta": 1000, "rope_scaling": {"type": "linear", "factor": 4}}""",
        """{"model_type": "mistral", "rope_parameters": {"rope_type": "linear", "factor": 2.5, "rope_theta": 700.0}}""",
        """
        {"model_type": "llama", "rope_parameters": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
         "original_max_position_embeddings": 64, "rope_theta": 500000}}
        """,
        """{"model_type": "llama", "rope_scaling": {"type": "linear", "factor": 4}, "rope_parameters": {"rope_type": "default", "rope_theta": 7}}""",
        """{"model_type": "llama", "rope_theta": 7, "rope_parameters": {"rope_type": "default", "rope_theta": 900}}""",
        """{"model_type": "qwen3"}""",
        """{"model_type": "gemma3_text", "torch_dtype": "bfloat16"}""",
        """
        {"model_type": "gemma3_text", "dtype": "bfloat16", "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"],
         "rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8, "rope_theta": 77777}, "sliding_attention": {"rope_theta": 20000}}}
        """,
        """
        {"model_type": "gemma3_text", "torch_dtype": "float16", "rope_theta": 77777, "rope_local_base_freq": 20000, "sliding_window_pattern": 3,
         "rope_scaling": {"rope_type": "linear", "factor": 8}}
        """,
        """
        {"model_type": "gemma3_text", "rope_scaling": {"rope_type": "linear", "factor": 8}, "layer_types":
         ["sliding_attention", "sliding_attention", "sliding_attention", "sliding_attention"],
         "rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 5}, "sliding_attention": {"rope_theta": 6}}}
        """,
    ];

    [Theory]
    [MemberData(nameof(Configs))]
    public void Either_spelling_alone_and_both_together_give_the_same_model(string fields)
    {
        JsonObject config = Config(fields), both = ConfigSpelling.Both(config);
        ModelPlan expected = Plan(config), plan = Plan(both);
        Assert.Empty(plan.Warnings);
        Assert.Equal(Frequencies(expected), Frequencies(plan));
        Assert.Equal(expected.EmbeddingScale, plan.EmbeddingScale);
        foreach (string[] hidden in (string[][])[Newer, Older])
        {
            var one = (JsonObject)both.DeepClone();
            Array.ForEach(hidden, field => one.Remove(field));
            Assert.Equal(Frequencies(expected), Frequencies(Plan(one)));
            Assert.Equal(expected.EmbeddingScale, Plan(one).EmbeddingScale);
        }
        Assert.Equal(both.ToJsonString(), ConfigSpelling.Both(both).ToJsonString());
        Assert.Equal(config["dtype"] is not null || config["torch_dtype"] is not null, both["dtype"] is not null && both["torch_dtype"] is not null);
    }

    [Fact]
    public void What_has_no_older_spelling_is_left_in_the_newer_one_alone()
    {
        JsonObject config = Config(
            """
            {"model_type": "gemma3_text", "layer_types": ["full_attention", "sliding_attention", "sliding_attention", "full_attention"], "rope_parameters":
             {"full_attention": {"rope_theta": 5}, "sliding_attention": {"rope_type": "linear", "factor": 2, "rope_theta": 6}}}
            """);
        JsonObject both = ConfigSpelling.Both(config);
        Assert.Equal(Frequencies(Plan(config)), Frequencies(Plan(both)));
        Assert.All(Older, field => Assert.False(both.ContainsKey(field), field));
    }

    [Theory]
    [InlineData("""["full_attention", "sliding_attention", "sliding_attention", "full_attention"]""", null)]
    [InlineData("""["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"]""", 3)]
    public void Patterns_of_layers_that_the_list_contradicts_are_put_right_or_left_out(string layers, int? pattern)
    {
        JsonObject config = Config(
            $$"""{"model_type": "gemma3_text", "layer_types": {{layers}}, "sliding_window_pattern": 2, "_sliding_window_pattern": 4}""");
        JsonObject both = ConfigSpelling.Both(config);
        Assert.Equal(2, Plan(config).Warnings.Length);
        Assert.Empty(Plan(both).Warnings);
        Assert.Equal(pattern, (int?)both["sliding_window_pattern"]);
        Assert.Equal(pattern, (int?)both["_sliding_window_pattern"]);
    }

    [Theory]
    [InlineData("tiny-llama3")]
    [InlineData("tiny-mistral")]
    [InlineData("tiny-qwen2")]
    [InlineData("tiny-llama-biases-linear")]
    public void Folders_that_are_written_have_both_spellings(string name)
    {
        string source = Paths.Golden("golden", "tiny", name);
        using var folder = new TemporaryFolder();
        ConversionJob.Run(new() { Model = source, Output = folder["dense"], Type = ElementType.F32 }, cancellationToken: TestContext.Current.CancellationToken);
        Ids(folder["ids.safetensors"]);
        QuantizationJob.Run(
            new()
            {
                Model = source,
                Output = folder["packed"],
                Calibration = [folder["ids.safetensors"]],
                Format = new(4, 32),
                Minimisation = new() { Epochs = 0 },
            },
            cancellationToken: TestContext.Current.CancellationToken);
        foreach (string output in (string[])["dense", "packed"])
        {
            JsonObject config = JsonFile.Read(Path.Combine(folder[output], "config.json"));
            Assert.Equal(config["dtype"]!.ToString(), config["torch_dtype"]!.ToString());
            Assert.Equal((double)config["rope_theta"]!, (double)config["rope_parameters"]!["rope_theta"]!);
            Assert.Equal(Frequencies(Plan(JsonFile.Read(Path.Combine(source, "config.json")))), Frequencies(Plan(config)));
            using LanguageModel model = LanguageModel.Load(folder[output]);
            Assert.Empty(model.Warnings);
        }
    }

    private static void Ids(string file) => Calibration.Ids.Write(file, windows: 2, context: 32, vocabulary: 300);

    private static ModelPlan Plan(JsonObject config) => Architecture.Plan(new JsonSection("config.json", config));

    private static float[] Frequencies(ModelPlan plan) =>
        [.. plan.Blocks.SelectMany(block => block.Operations.OfType<RotaryOperation>()).SelectMany(o => o.Rotary.Angles(1, 3).Cosines.ToArray())];

    private static JsonObject Config(string fields)
    {
        JsonObject config = JsonNode.Parse(
            """
            {"hidden_size": 120, "intermediate_size": 96, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
             "vocab_size": 100}
            """)!.AsObject();
        foreach ((string name, JsonNode? value) in JsonNode.Parse(fields)!.AsObject())
        {
            config[name] = value?.DeepClone();
        }
        if ((string?)config["model_type"] == "gemma3_text")
        {
            config["query_pre_attn_scalar"] = 16;
            config["sliding_window"] = 8;
        }
        return config;
    }
}
