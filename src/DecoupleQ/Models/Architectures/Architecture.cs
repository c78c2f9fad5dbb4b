using DecoupleQ.Checkpoints;
using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>Finds the mapping from a config to a plan.</summary>
internal static class Architecture
{
    private static readonly Dictionary<string, (Func<JsonSection, ModelPlan> Plan, KeyTable Keys)> Families = new()
    {
        [Gemma3.Family] = (Gemma3.Plan, Gemma3.Keys),
        ["llama"] = (Llama.Plan, Llama.Keys),
        ["mistral"] = (Mistral.Plan, Mistral.Keys),
        ["olmo2"] = (Olmo2.Plan, Olmo2.Keys),
        ["qwen2"] = (Qwen2.Plan, Qwen2.Keys),
        ["qwen3"] = (Qwen3.Plan, Qwen3.Keys),
    };

    /// <summary>The base of a family's rotary embedding where its config gives none; null for a family that is not known.</summary>
    public static double? DefaultTheta(string? family) => family is null || !Families.ContainsKey(family) ? null
        : family == Gemma3.Family ? Gemma3.DefaultTheta : new DecoderDefaults().RotaryTheta;

    /// <summary>The keys of the config of each family.</summary>
    public static IEnumerable<KeyTable> Keys => Families.Values.Select(family => family.Keys);

    /// <summary>The plan of a model as it is stored: as its config says, but with a head of its own where one is stored that is not the embedding.</summary>
    /// <exception cref="DecoupleQException">The architecture or something in its config is not supported, or a table cannot be read.</exception>
    public static ModelPlan Plan(Checkpoint checkpoint)
    {
        ModelPlan plan = Plan(checkpoint.ConfigSection);
        plan = plan with { Warnings = [.. checkpoint.Warnings, .. plan.Warnings] };
        return plan.HeadIsEmbedding && TiedHead.Differs(checkpoint, plan.Head, plan.Embedding)
            ? plan with { HeadIsEmbedding = false, Warnings = plan.Warnings.Add(TiedHead.Warning(plan.Head, plan.Embedding)) }
            : plan;
    }

    /// <summary>The plan of the model that <paramref name="config"/> describes.</summary>
    /// <exception cref="DecoupleQException">The architecture or something in its config is not supported.</exception>
    public static ModelPlan Plan(JsonSection config)
    {
        const string Field = "model_type";
        if (!Families.TryGetValue(config.RequiredText(Field), out (Func<JsonSection, ModelPlan> Plan, KeyTable Keys) family))
        {
            throw config.Unexpected(Field, $"one of {string.Join(", ", Families.Keys.Select(name => $"\"{name}\""))}");
        }
        ModelPlan plan = family.Plan(config);
        family.Keys.Check(config);
        return plan;
    }
}
