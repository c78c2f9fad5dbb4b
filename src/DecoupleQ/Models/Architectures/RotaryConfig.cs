using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>
/// The rotary embedding of a config, in either spelling: <c>rope_parameters</c> (transformers 5), or <c>rope_theta</c> beside
/// <c>rope_scaling</c> (before it; the kind under <c>rope_type</c> or <c>type</c>).
/// </summary>
internal static class RotaryConfig
{
    private const double DefaultTheta = 10000;

    /// <exception cref="DecoupleQException">A field has a wrong value, or the scaling is of a kind that is not supported.</exception>
    public static RotaryEmbedding Parse(JsonSection config, int headSize)
    {
        JsonSection? parameters = config.Section("rope_parameters"), scaling = parameters ?? config.Section("rope_scaling");
        CheckWhole(config, "partial_rotary_factor");
        double theta = Positive(config, "rope_theta") ?? DefaultTheta;
        if (scaling is not JsonSection section)
        {
            return new RotaryEmbedding(RotaryEmbedding.Frequencies(headSize, theta));
        }
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
