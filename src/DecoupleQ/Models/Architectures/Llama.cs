using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>Llama 1, 2 and 3, and what shares their config: TinyLlama, SmolLM.</summary>
internal static class Llama
{
    public static ModelPlan Plan(JsonSection source)
    {
        DecoderConfig config = DecoderConfig.Parse(source);
        bool attentionBias = source.Flag("attention_bias") ?? false;
        if (source.Has("sliding_window"))
        {
            throw source.Unexpected("sliding_window", "no such field: Llama attends to all earlier positions");
        }
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
