using System.Text.Json.Nodes;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>The <c>config.json</c> of a dense folder made from a checkpoint.</summary>
internal static class DenseConfig
{
    // What transformers needs to choose a class, where the config of a packed folder does not say.
    private static readonly Dictionary<string, string> Classes = new()
    {
        ["gemma3_text"] = "Gemma3ForCausalLM",
        ["llama"] = "LlamaForCausalLM",
        ["mistral"] = "MistralForCausalLM",
        ["olmo2"] = "Olmo2ForCausalLM",
        ["qwen2"] = "Qwen2ForCausalLM",
        ["qwen3"] = "Qwen3ForCausalLM",
    };

    /// <summary>
    /// The config without its quantization, with the element type in both spellings (<c>dtype</c>, and before transformers 5 <c>torch_dtype</c>).
    /// </summary>
    /// <param name="config">The checkpoint's config; not changed.</param>
    /// <param name="type">The element type of the weights.</param>
    public static JsonObject Create(JsonObject config, ElementType type)
    {
        var dense = (JsonObject)config.DeepClone();
        dense.Remove(QuantizationConfig.MlxSection);
        dense.Remove(QuantizationConfig.Section);
        string name = type switch
        {
            ElementType.F32 => "float32",
            ElementType.F16 => "float16",
            _ => "bfloat16",
        };
        dense["dtype"] = name;
        dense["torch_dtype"] = name;
        if (!dense.ContainsKey("architectures") && dense["model_type"]?.ToString() is string family && Classes.TryGetValue(family, out string? found))
        {
            dense["architectures"] = new JsonArray(found);
        }
        return dense;
    }
}
