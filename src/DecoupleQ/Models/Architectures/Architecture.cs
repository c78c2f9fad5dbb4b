using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>Finds the mapping from a config to a plan.</summary>
internal static class Architecture
{
    /// <summary>The plan of the model that <paramref name="config"/> describes.</summary>
    /// <exception cref="DecoupleQException">The architecture or something in its config is not supported.</exception>
    public static ModelPlan Plan(JsonSection config) => config.RequiredText("model_type") switch
    {
        "llama" => Llama.Plan(config),
        "mistral" => Mistral.Plan(config),
        "qwen2" => Qwen2.Plan(config),
        "qwen3" => Qwen3.Plan(config),
        _ => throw config.Unexpected("model_type", "\"llama\", \"mistral\", \"qwen2\" or \"qwen3\""),
    };
}
