namespace DecoupleQ.Quantization.Settings;

/// <summary>Says of some layers that they are quantized otherwise than the rest, or not at all. Where several match a layer, the last one alone decides.</summary>
public sealed record LayerOverride
{
    /// <summary>
    /// The layers: <c>*</c> stands for any characters, dots among them, <c>?</c> for one. It is held against the whole module path and against what follows each of its dots:
    /// <c>model.layers.0.*</c>, <c>layers.?.mlp.down_proj</c> and <c>down_proj</c> all match <c>model.layers.0.mlp.down_proj</c>.
    /// </summary>
    public required string Match { get; init; }

    /// <summary>Bits of their integers: 2, 3, 4 or 8; null for the job's.</summary>
    public int? Bits { get; init; }

    /// <summary>Inputs that share an (s, z): 32, 64, 128, or -1 for the whole row; null for the job's.</summary>
    public int? GroupSize { get; init; }

    /// <summary>They stay as they are stored. With false (the default) they are quantized, even if an earlier override skips them.</summary>
    public bool Skip { get; init; }
}
