using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>Mistral: Llama's block without biases, with a window of attention (arXiv 2310.06825) where the config gives one.</summary>
internal static class Mistral
{
    /// <summary>The keys of its config.</summary>
    public static KeyTable Keys { get; } = DecoderKeys.Common.With("mistral", KnownKey.Honoured("sliding_window", "use_sliding_window", "layer_types"));

    public static ModelPlan Plan(JsonSection source)
    {
        DecoderConfig config = DecoderConfig.Parse(source);
        RotaryEmbedding rotary = config.Rotary();
        BlockPlan block = LlamaBlock.Plan(config, new() { Rotary = rotary, Window = config.CommonWindow() });
        return config.Model("mistral", _ => block);
    }
}
