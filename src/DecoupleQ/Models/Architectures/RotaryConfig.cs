using DecoupleQ.Checkpoints;
using DecoupleQ.Models.Plans;
using DecoupleQ.Storage;

namespace DecoupleQ.Models.Architectures;

/// <summary>
/// The rotary embedding of a config, in either spelling: <c>rope_parameters</c> (transformers 5), or <c>rope_theta</c> beside
/// <c>rope_scaling</c> (before it; the kind under <c>rope_type</c> or <c>type</c>).
/// </summary>
/// <remarks>
/// Where a config has both, transformers 5 decides, with a warning here if it matters: <c>rope_scaling</c> takes the place of <c>rope_parameters</c> (Gemma's
/// goes over the parameters of the layers that see everything), and a base in the one that counts wins over <c>rope_theta</c>.
/// </remarks>
internal static class RotaryConfig
{
    /// <summary>The field of transformers 5.</summary>
    public const string Parameters = "rope_parameters";

    /// <summary>The field of earlier versions.</summary>
    public const string Scaling = "rope_scaling";

    /// <summary>The base of earlier versions.</summary>
    public const string Theta = "rope_theta";

    private const string KindField = "rope_type", OldKindField = "type";

    /// <summary>The keys of a scaling, whatever its kind.</summary>
    public static KeyTable Keys { get; } = new(
        "rope_scaling and rope_parameters of config.json",
        [
            .. KnownKey.Honoured(KindField, OldKindField, Theta, "partial_rotary_factor"),
            .. KnownKey.Harmless("max_position_embeddings", "finetuned"),
            KnownKey.Refused("factor", "1"),
            KnownKey.Refused("low_freq_factor"),
            KnownKey.Refused("high_freq_factor"),
            KnownKey.Refused("attention_factor", "1"),
            KnownKey.Refused("beta_fast"),
            KnownKey.Refused("beta_slow"),
            KnownKey.Refused("mscale"),
            KnownKey.Refused("mscale_all_dim"),
            KnownKey.Refused("short_factor"),
            KnownKey.Refused("long_factor"),
            KnownKey.Refused("truncate"),
            KnownKey.Refused("mrope_section"),
            KnownKey.Refused("mrope_interleaved", "false"),
            KnownKey.Refused("llama_4_scaling_beta"),
            .. KnownKey.Harmless("original_max_position_embeddings"),
        ]);

    /// <summary>The keys of a linear scaling.</summary>
    public static KeyTable LinearKeys { get; } = Keys.With("of the kind \"linear\" also", KnownKey.Honoured("factor"));

    /// <summary>The keys of the scaling of Llama 3.</summary>
    public static KeyTable Llama3Keys { get; } = LinearKeys.With(
        "of the kind \"llama3\" also", KnownKey.Honoured("low_freq_factor", "high_freq_factor", "original_max_position_embeddings"));

    /// <summary>The embedding that all layers share.</summary>
    /// <param name="config">The config.</param>
    /// <param name="headSize">Numbers of a head.</param>
    /// <param name="defaultTheta">The base where the config gives none.</param>
    /// <param name="warnings">Takes what the config contradicts itself in.</param>
    /// <exception cref="DecoupleQException">A field has a wrong value, or the scaling is of a kind that is not supported.</exception>
    public static RotaryEmbedding Parse(JsonSection config, int headSize, double defaultTheta, ICollection<string> warnings)
    {
        JsonSection? scaling = NotEmpty(config, Scaling), parameters = NotEmpty(config, Parameters);
        CheckWhole(config, "partial_rotary_factor");
        double theta = config.Number(Theta, ConfigRanges.RotaryBase) ?? defaultTheta;
        if ((scaling ?? parameters) is not JsonSection section)
        {
            return new(RotaryEmbedding.Frequencies(headSize, theta));
        }
        if (KindIn(section) is string kind)
        {
            throw section.Unexpected(kind, "one rotary embedding for all layers");
        }
        double[] frequencies = Scaled(section, headSize, theta);
        if (scaling is not null && parameters is JsonSection ignored && !Gives(ignored, headSize, theta, frequencies))
        {
            warnings.Add($"{Scaling} and {Parameters} disagree: {Scaling} is used, as transformers 5 does, and {Parameters} is not.");
        }
        WarnOfTheta(config, section, warnings);
        return new(frequencies);
    }

    /// <summary>The embedding of the layers of a kind, where the config has one for each kind; null where it has not.</summary>
    /// <param name="config">The config.</param>
    /// <param name="kind">As in <c>layer_types</c>.</param>
    /// <param name="headSize">Numbers of a head.</param>
    /// <param name="defaultTheta">The base where the config gives none.</param>
    /// <param name="oldTheta">The field that has the base in the older spelling.</param>
    /// <param name="isScaled">Whether <c>rope_scaling</c> is about this kind of layers.</param>
    /// <param name="warnings">Takes what the config contradicts itself in.</param>
    /// <exception cref="DecoupleQException">A field has a wrong value, or the scaling is of a kind that is not supported.</exception>
    public static RotaryEmbedding? OfLayerKind(
        JsonSection config, string kind, int headSize, double defaultTheta, string oldTheta, bool isScaled, ICollection<string> warnings)
    {
        if (NotEmpty(config, Parameters) is not JsonSection kinds)
        {
            return null;
        }
        if (KindIn(kinds) is null)
        {
            throw kinds.Error("has no parameters by kind of layer", "those of full_attention and of sliding_attention");
        }
        JsonSection section = kinds.Section(kind) ?? throw kinds.Absent(kind, "the rotary embedding of these layers");
        double theta = config.Number(oldTheta, ConfigRanges.RotaryBase) ?? defaultTheta;
        double[] frequencies;
        if (isScaled && NotEmpty(config, Scaling) is JsonSection scaling)
        {
            frequencies = Scaled(section.Overlaid(scaling), headSize, theta);
            if (!Gives(section, headSize, theta, frequencies))
            {
                warnings.Add($"{Scaling} and {Parameters}.{kind} disagree: {Scaling} is used, as transformers 5 does.");
            }
        }
        else
        {
            frequencies = Scaled(section, headSize, theta);
        }
        WarnOfTheta(config, section, warnings, oldTheta);
        return new(frequencies);
    }

    // An empty object asks for nothing, as in Python.
    private static JsonSection? NotEmpty(JsonSection config, string field) =>
        config.Section(field) is JsonSection section && section.Fields().Any(entry => !entry.Value.Is("null")) ? section : null;

    // The parameters of one embedding are numbers and texts; those of several stand under the kinds of layers.
    private static string? KindIn(JsonSection parameters) =>
        parameters.Fields().Where(field => field.Value.IsObject).Select(field => field.Name).FirstOrDefault();

    private static void WarnOfTheta(JsonSection config, JsonSection section, ICollection<string> warnings, string oldTheta = Theta)
    {
        if (section.Number(Theta) is double used && config.Number(oldTheta) is double ignored && used != ignored)
        {
            warnings.Add($"{section.Path}.{Theta} is {used}, but {oldTheta} is {ignored}: the first is used, as transformers 5 does.");
        }
    }

    // Whether what does not count would give the same embedding.
    private static bool Gives(JsonSection section, int headSize, double theta, double[] frequencies)
    {
        try
        {
            return KindIn(section) is null && Scaled(section, headSize, theta).SequenceEqual(frequencies);
        }
        catch (DecoupleQException)
        {
            return false;
        }
    }

    private static double[] Scaled(JsonSection section, int headSize, double theta)
    {
        CheckWhole(section, "partial_rotary_factor");
        double[] plain = RotaryEmbedding.Frequencies(headSize, section.Number(Theta, ConfigRanges.RotaryBase) ?? theta);
        string? kind = section.Text(KindField), oldKind = section.Text(OldKindField);
        if (kind is not null && oldKind is not null && kind != oldKind)
        {
            throw section.Unexpected(OldKindField, $"\"{kind}\", as in {KindField}");
        }
        switch (kind ?? oldKind)
        {
            case null when section.Has("factor"):
                throw section.Absent(KindField, "the kind of the scaling whose factor is given");
            case null or "default":
                Keys.Check(section);
                return plain;
            case "linear":
                LinearKeys.Check(section);
                return RotaryEmbedding.ScaleLinearly(plain, section.RequiredNumber("factor", ConfigRanges.RotaryFactor));
            case "llama3":
                Llama3Keys.Check(section);
                return ScaleLlama3(section, plain);
            default:
                throw section.Unexpected(
                    kind is null ? OldKindField : KindField, "\"default\", \"linear\" or \"llama3\"; other scalings are not supported");
        }
    }

    private static double[] ScaleLlama3(JsonSection section, double[] plain)
    {
        double low = section.RequiredNumber("low_freq_factor", ConfigRanges.RotaryTurns);
        double high = section.RequiredNumber("high_freq_factor", ConfigRanges.RotaryTurns);
        if (high <= low)
        {
            throw section.Unexpected("high_freq_factor", $"more than low_freq_factor, {low}");
        }
        double factor = section.RequiredNumber("factor", ConfigRanges.RotaryFactor);
        return RotaryEmbedding.ScaleLlama3(plain, factor, low, high, section.RequiredInteger("original_max_position_embeddings", 1));
    }

    private static void CheckWhole(JsonSection section, string field)
    {
        if (section.Number(field) is double share && share != 1)
        {
            throw section.Unexpected(field, "1; a rotary embedding of a part of each head is not supported");
        }
    }
}
