using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>Qwen 3: Llama's block with norms of the query and key heads.</summary>
internal static class Qwen3
{
    /// <summary>The keys of its config.</summary>
    public static KeyTable Keys { get; } = DecoderKeys.Windowed("qwen3", KnownKey.Honoured("attention_bias"));

    public static ModelPlan Plan(JsonSection source)
    {
        DecoderConfig config = DecoderConfig.Parse(source);
        bool attentionBias = source.Flag("attention_bias") ?? false;
        RotaryEmbedding rotary = config.Rotary();
        return config.Model("qwen3", config.OptionalWindows(), window => LlamaBlock.Plan(config, new()
        {
            Rotary = rotary,
            QueryKeyValueBias = attentionBias,
            OutputBias = attentionBias,
            QueryKeyNorms = true,
            Window = window,
        }));
    }
}
