using System.Text.Json;

namespace DecoupleQ.Quantization.Settings;

/// <summary>
/// Says of some layers that they are quantized otherwise than the rest, or not at all. Where several match a layer, the last one alone decides.
/// </summary>
public sealed record LayerOverride
{
    /// <summary>
    /// The layers: <c>*</c> stands for any characters, dots among them, <c>?</c> for one. It is held against the whole module path and against what follows
    /// each of its dots: <c>model.layers.0.*</c>, <c>layers.?.mlp.down_proj</c> and <c>down_proj</c> all match <c>model.layers.0.mlp.down_proj</c>.
    /// </summary>
    public required string Match { get; init; }

    /// <summary>Bits of their integers: 2, 3, 4 or 8; null for the job's.</summary>
    public int? Bits { get; init; }

    /// <summary>Inputs that share an (s, z): 32, 64, 128, or -1 for the whole row; null for the job's.</summary>
    public int? GroupSize { get; init; }

    /// <summary>They stay as they are stored. With false (the default) they are quantized, even if an earlier override skips them.</summary>
    public bool Skip { get; init; }

    /// <summary>The override as a recipe says it, on one line.</summary>
    public override string ToString()
    {
        // What JSON quotes, YAML reads.
        List<string> parts = [$"{MatchKey}: {JsonSerializer.Serialize(Match, SettingJson.Default.String)}"];
        if (Bits is int bits)
        {
            parts.Add(QuantizationSettings.Bits.Of(bits).ToString());
        }
        if (GroupSize is int groupSize)
        {
            parts.Add(QuantizationSettings.GroupSize.Of(groupSize).ToString());
        }
        if (Skip || parts.Count == 1)
        {
            parts.Add($"{SkipKey}: {(Skip ? "true" : "false")}");
        }
        return $"{{{string.Join(", ", parts)}}}";
    }

    // Keys of an override in recipes, beside those of its settings.
    internal const string MatchKey = "match", SkipKey = "skip";

    internal const string ExpectedMatch = "a module path, in which * stands for any characters";

    /// <summary>What is wrong with it, whatever the model; null for nothing.</summary>
    internal (string Message, string Expected)? Mistake
    {
        get
        {
            if (Match.Length == 0)
            {
                return ("It matches nothing.", $"match: {ExpectedMatch}");
            }
            if (Skip && (Bits is not null || GroupSize is not null))
            {
                return ("It skips layers and gives them a format.", "skip alone, or bits and group-size");
            }
            if (Bits is int bits && !QuantizationSettings.Bits.Type.IsAllowed(bits))
            {
                return ($"The bits are {bits}.", QuantizationSettings.Bits.Expected);
            }
            return GroupSize is int size && !QuantizationSettings.GroupSize.Type.IsAllowed(size)
                ? ($"The group-size is {size}.", QuantizationSettings.GroupSize.Expected)
                : null;
        }
    }
}
