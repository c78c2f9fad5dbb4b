using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>
/// The rotary embedding of a config, in either spelling: <c>rope_parameters</c> (transformers 5), or <c>rope_theta</c> beside
/// <c>rope_scaling</c> (before it; the kind under <c>rope_type</c> or <c>type</c>).
/// </summary>
internal static class RotaryConfig
{
    private const string Parameters = "rope_parameters";

    /// <summary>The embedding that all layers share.</summary>
    /// <param name="config">The config.</param>
    /// <param name="headSize">Numbers of a head.</param>
    /// <param name="defaultTheta">The base where the config gives none.</param>
    /// <exception cref="DecoupleQException">A field has a wrong value, or the scaling is of a kind that is not supported.</exception>
    public static RotaryEmbedding Parse(JsonSection config, int headSize, double defaultTheta)
    {
        JsonSection? scaling = config.Section(Parameters) ?? config.Section("rope_scaling");
        CheckWhole(config, "partial_rotary_factor");
        double theta = Positive(config, "rope_theta") ?? defaultTheta;
        if (scaling is not JsonSection section)
        {
            return new(RotaryEmbedding.Frequencies(headSize, theta));
        }
        if (KindIn(section) is string kind)
        {
            throw section.Unexpected(kind, "one rotary embedding for all layers");
        }
        return Scaled(section, headSize, theta);
    }

    /// <summary>The embedding of the layers of a kind, where the config has one for each kind; null where it has not.</summary>
    /// <param name="config">The config.</param>
    /// <param name="kind">As in <c>layer_types</c>.</param>
    /// <param name="headSize">Numbers of a head.</param>
    /// <param name="defaultTheta">The base where the config gives none.</param>
    /// <exception cref="DecoupleQException">A field has a wrong value, or the scaling is of a kind that is not supported.</exception>
    public static RotaryEmbedding? OfLayerKind(JsonSection config, string kind, int headSize, double defaultTheta) =>
        config.Section(Parameters) is not JsonSection kinds || KindIn(kinds) is null ? null
            : Scaled(kinds.Section(kind) ?? throw kinds.Absent(kind, "the rotary embedding of these layers"), headSize, defaultTheta);

    // The parameters of one embedding are numbers and texts; those of several stand under the kinds of layers.
    private static string? KindIn(JsonSection parameters) =>
        parameters.Fields().Where(field => field.Value.IsObject).Select(field => field.Name).FirstOrDefault();

    private static RotaryEmbedding Scaled(JsonSection section, int headSize, double theta)
    {
        CheckWhole(section, "partial_rotary_factor");
        double[] plain = RotaryEmbedding.Frequencies(headSize, Positive(section, "rope_theta") ?? theta);
        string kindField = section.Has("rope_type") ? "rope_type" : "type";
        return new RotaryEmbedding(section.Text(kindField) switch
        {
            null or "default" => plain,
            "linear" => RotaryEmbedding.ScaleLinearly(plain, RequiredPositive(section, "factor")),
            "llama3" => ScaleLlama3(section, plain),
            _ => throw section.Unexpected(kindField, "\"default\", \"linear\" or \"llama3\"; other scalings are not supported"),
        });
    }

    private static double[] ScaleLlama3(JsonSection section, double[] plain)
    {
        double low = RequiredPositive(section, "low_freq_factor"), high = RequiredPositive(section, "high_freq_factor");
        if (high <= low)
        {
            throw section.Unexpected("high_freq_factor", $"more than low_freq_factor, {low}");
        }
        return RotaryEmbedding.ScaleLlama3(
            plain, RequiredPositive(section, "factor"), low, high, section.RequiredInteger("original_max_position_embeddings", 1));
    }

    private static void CheckWhole(JsonSection section, string field)
    {
        if (section.Number(field) is double share && share != 1)
        {
            throw section.Unexpected(field, "1; a rotary embedding of a part of each head is not supported");
        }
    }

    private static double? Positive(JsonSection section, string field) =>
        section.Number(field) is not double value ? null : value > 0 ? value : throw section.Unexpected(field, "a number above 0");

    private static double RequiredPositive(JsonSection section, string field) => Positive(section, field) ?? throw section.Absent(field, "a number above 0");
}
