using System.Text.Json.Nodes;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Estimates;

/// <summary>The shape of a published model, to say what one of its size takes.</summary>
public sealed class ModelShape
{
    private readonly JsonObject _config;

    private ModelShape(string name, string model, JsonObject config)
    {
        Name = name;
        Model = model;
        _config = config;
    }

    /// <summary>All of them, the smallest first. Shapes as their publishers' <c>config.json</c> has them.</summary>
    public static IReadOnlyList<ModelShape> All { get; } =
    [
        new("1b", "Llama 3.2 1B", Llama(width: 2048, feedForward: 8192, blocks: 16, heads: 32, headSize: 64, tied: true)),
        new("3b", "Llama 3.2 3B", Llama(width: 3072, feedForward: 8192, blocks: 28, heads: 24, headSize: 128, tied: true)),
        new("8b", "Llama 3.1 8B", Llama(width: 4096, feedForward: 14336, blocks: 32, heads: 32, headSize: 128, tied: false)),
        new("14b", "Qwen3 14B",
            Config("qwen3", width: 5120, feedForward: 17408, blocks: 40, heads: 40, headSize: 128, vocabulary: 151936, 40960, 1e6, tied: false)),
        new("70b", "Llama 3.1 70B", Llama(width: 8192, feedForward: 28672, blocks: 80, heads: 64, headSize: 128, tied: false)),
    ];

    /// <summary>Its size, such as <c>8b</c>.</summary>
    public string Name { get; }

    /// <summary>The model that has it.</summary>
    public string Model { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal ModelPlan Plan() => Architecture.Plan(new JsonSection("", _config));

    private static JsonObject Llama(int width, int feedForward, int blocks, int heads, int headSize, bool tied) =>
        Config("llama", width, feedForward, blocks, heads, headSize, vocabulary: 128256, context: 131072, theta: 500000, tied);

    private static JsonObject Config(
        string family, int width, int feedForward, int blocks, int heads, int headSize, int vocabulary, int context, double theta, bool tied) => new()
    {
        ["model_type"] = family,
        ["hidden_size"] = width,
        ["intermediate_size"] = feedForward,
        ["num_hidden_layers"] = blocks,
        ["num_attention_heads"] = heads,
        ["num_key_value_heads"] = 8,
        ["head_dim"] = headSize,
        ["vocab_size"] = vocabulary,
        ["max_position_embeddings"] = context,
        ["rms_norm_eps"] = 1e-5,
        ["rope_theta"] = theta,
        ["tie_word_embeddings"] = tied,
    };
}
