using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>Mistral: Llama's block without biases, with a window of attention (arXiv 2310.06825) where the config gives one.</summary>
internal static class Mistral
{
    public static ModelPlan Plan(JsonSection source)
    {
        DecoderConfig config = DecoderConfig.Parse(source);
        RotaryEmbedding rotary = config.Rotary();
        int?[] windows = config.Windows(usedByDefault: true);
        return config.Model("mistral", i => LlamaBlock.Plan(config, new() { Rotary = rotary, Window = windows[i] }));
    }
}
