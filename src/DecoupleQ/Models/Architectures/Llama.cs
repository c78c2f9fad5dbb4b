using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>Llama 1, 2 and 3, and what shares their config: TinyLlama, SmolLM.</summary>
internal static class Llama
{
    /// <summary>The keys of its config.</summary>
    public static KeyTable Keys { get; } = DecoderKeys.Common.With("llama", KnownKey.Honoured("attention_bias", "mlp_bias", "layer_types"));

    public static ModelPlan Plan(JsonSection source)
    {
        DecoderConfig config = DecoderConfig.Parse(source);
        bool attentionBias = source.Flag("attention_bias") ?? false;
        config.CheckLayersAre(sliding: false);
        BlockPlan block = LlamaBlock.Plan(config, new()
        {
            Rotary = config.Rotary(),
            QueryKeyValueBias = attentionBias,
            OutputBias = attentionBias,
            FeedForwardBias = source.Flag("mlp_bias") ?? false,
        });
        return config.Model("llama", _ => block);
    }
}
