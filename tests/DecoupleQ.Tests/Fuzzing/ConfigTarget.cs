using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary><c>config.json</c> files: damaged copies of one of each family, in both spellings, with what quantization says.</summary>
internal sealed class ConfigTarget : IFuzzTarget
{
    private const string Sizes =
        """
        "hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
        "max_position_embeddings": 512, "rms_norm_eps": 1e-05, "vocab_size": 320, "tie_word_embeddings": false, "eos_token_id": [2, 3], "torch_dtype": "bfloat16"
        """;

    private static readonly string[] Configs =
    [
        """
        "model_type": "llama", "hidden_act": "silu", "attention_bias": false, "mlp_bias": true, "rope_theta": 10000.0, "rope_scaling": {"rope_type": "llama3",
        "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
        """,
        """
        "model_type": "llama", "rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}, "pretraining_tp": 1,
        "quantization": {"bits": 2, "group_size": 64, "model.layers.0.mlp.up_proj": {"bits": 4, "group_size": 32}, "lm_head": false},
        "quantization_config": {"quant_method": "decoupleq", "bits": 2, "group_size": 64}
        """,
        """
        "model_type": "mistral", "sliding_window": 8, "rope_theta": 10000.0, "layer_types": ["sliding_attention", "sliding_attention", "sliding_attention",
        "sliding_attention"]
        """,
        """
        "model_type": "qwen2", "use_sliding_window": true, "sliding_window": 8, "max_window_layers": 2, "rope_theta": 10000.0, "rope_scaling": null
        """,
        """
        "model_type": "qwen3", "attention_bias": false, "layer_types": ["full_attention", "full_attention", "full_attention", "full_attention"],
        "rope_parameters": {"rope_type": "default", "rope_theta": 1000000}
        """,
        """
        "model_type": "olmo2", "attention_bias": false, "rope_theta": 500000
        """,
        """
        "model_type": "gemma3_text", "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 16, "sliding_window": 8, "_sliding_window_pattern": 2,
        "rope_local_base_freq": 10000.0, "rope_theta": 1000000.0, "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "use_bidirectional_attention": false
        """,
    ];

    private static readonly string[] Extremes =
    [
        "null", "true", "false", "0", "-1", "0.5", "1", "2", "3", "7", "1e308", "-1e308", "1e-320", "1e39", "2147483646", "2147483647", "2147483648", "4294967295", "1048576",
        "65536", "9223372036854775807",
        "\"\"", "\"llama\"", "\"gemma3\"", "\"silu\"", "\"yarn\"", "[]", "{}", "[null]", "[1, 2, 3, 4]", "{\"rope_type\": \"linear\", \"factor\": 0}",
    ];

    // The blocks of a plan are objects, 10,000 of them at most.
    private const long FixedAllocation = 64 << 20;
    private const long AllocationPerByte = 8;

    private readonly JsonObject[] _originals = [.. Configs.Select(config => (JsonObject)JsonNode.Parse($"{{{config}, {Sizes}}}")!)];
    private readonly JsonMutation _mutation;

    public ConfigTarget() => _mutation = new JsonMutation(_originals, Extremes);

    public string Name => "config";

    public long MostAllocated(int length) => FixedAllocation + (AllocationPerByte * length);

    public byte[] Damage(Random random)
    {
        JsonObject original = _originals[random.Next(_originals.Length)];
        return random.Next(6) == 0
            ? Mutation.Of(Encoding.UTF8.GetBytes(original.ToJsonString()), random)
            : Encoding.UTF8.GetBytes(_mutation.Of(original, random).ToJsonString());
    }

    public void Read(byte[] damaged, Random random)
    {
        var config = new JsonSection("config.json", JsonFile.Parse(damaged, "config.json"));
        QuantizationConfig.Parse(config);
        ModelPlan plan = Architecture.Plan(config);
        if (plan.Parameters <= 0 || plan.Blocks.Length == 0 || plan.Parts.Any(part => part.Plan.Tensors.Any(tensor => tensor.Count <= 0)))
        {
            throw new InvalidOperationException($"A plan of {plan.Parameters} parameters in {plan.Blocks.Length} blocks.");
        }
    }

    public void Dispose()
    {
    }
}
