using System.Text.Json.Nodes;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>The rotary embedding of a GGUF model in the terms of a Hugging Face config: <c>rope_theta</c> and <c>rope_scaling</c>.</summary>
internal static class GgufRotary
{
    /// <summary>The tensor of divisors by which a Llama 3 model's frequencies are scaled.</summary>
    public const string DivisorsTensor = "rope_freqs.weight";

    private const double DefaultTheta = 10000;

    /// <summary>Adds the fields to <paramref name="config"/>.</summary>
    /// <param name="config">The config.</param>
    /// <param name="metadata">The metadata.</param>
    /// <param name="prefix">The architecture's name with a dot.</param>
    /// <param name="headSize">Size of a head.</param>
    /// <param name="divisors">What <see cref="DivisorsTensor"/> holds; null if there is none.</param>
    /// <exception cref="DecoupleQException">The scaling is of a kind that is not supported.</exception>
    public static void Add(JsonObject config, GgufMetadata metadata, string prefix, int headSize, float[]? divisors)
    {
        string thetaKey = prefix + "rope.freq_base";
        double theta = metadata.Number(thetaKey, ConfigRanges.RotaryBase) ?? DefaultTheta;
        config["rope_theta"] = GgufConfig.Float(theta);
        JsonObject? scaling = LinearScaling(metadata, prefix);
        if (divisors is not null)
        {
            if (scaling is not null)
            {
                throw new DecoupleQException(
                    "The tensor scales the rotary embedding, and the metadata scales it too.", metadata.File, DivisorsTensor, "one scaling");
            }
            int? original = metadata.Integer(prefix + "rope.scaling.original_context_length", 1);
            scaling = RotaryDivisors.ToScaling(divisors, headSize, theta, original, metadata.File);
        }
        if (scaling is not null)
        {
            config["rope_scaling"] = scaling;
        }
    }

    private static JsonObject? LinearScaling(GgufMetadata metadata, string prefix)
    {
        string typeKey = prefix + "rope.scaling.type", factorKey = prefix + "rope.scaling.factor";
        string type = metadata.Text(typeKey) ?? "linear";
        if (type is not ("none" or "linear"))
        {
            throw metadata.Unexpected(typeKey, "\"linear\" or \"none\"; other scalings are not supported");
        }
        // Files from before 2023-11 have the factor under another key.
        factorKey = metadata.Has(factorKey) ? factorKey : prefix + "rope.scale_linear";
        // 0 stands for no scaling, as in llama.cpp.
        if ((metadata.Number(factorKey) ?? 0) == 0)
        {
            return null;
        }
        double factor = metadata.Number(factorKey, ConfigRanges.RotaryFactor) ?? 1;
        return type == "none" || factor == 1
            ? null
            : new JsonObject { ["rope_type"] = "linear", ["type"] = "linear", ["factor"] = GgufConfig.Float(factor) };
    }
}
