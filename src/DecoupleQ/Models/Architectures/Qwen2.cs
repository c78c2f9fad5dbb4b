using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>Qwen 2 and 2.5: Llama's block with biases on the query, key and value projections.</summary>
internal static class Qwen2
{
    public static ModelPlan Plan(JsonSection source)
    {
        DecoderConfig config = DecoderConfig.Parse(source);
        RotaryEmbedding rotary = config.Rotary();
        int?[] windows = config.Windows(usedByDefault: false);
        return config.Model("qwen2", i => LlamaBlock.Plan(config, new() { Rotary = rotary, QueryKeyValueBias = true, Window = windows[i] }));
    }
}
