using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>Qwen 2 and 2.5: Llama's block with biases on the query, key and value projections.</summary>
internal static class Qwen2
{
    /// <summary>The keys of its config. Its biases are always the same three, whatever a field says.</summary>
    public static KeyTable Keys { get; } = DecoderKeys.Windowed("qwen2", [.. KnownKey.Harmless("attention_bias"), KnownKey.Refused("qkv_bias", "true")]);

    public static ModelPlan Plan(JsonSection source)
    {
        DecoderConfig config = DecoderConfig.Parse(source);
        RotaryEmbedding rotary = config.Rotary();
        return config.Model(
            "qwen2", config.OptionalWindows(), window => LlamaBlock.Plan(config, new() { Rotary = rotary, QueryKeyValueBias = true, Window = window }));
    }
}
