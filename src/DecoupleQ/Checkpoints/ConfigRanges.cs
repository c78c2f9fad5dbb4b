namespace DecoupleQ.Checkpoints;

/// <summary>
/// The values that real numbers of a config may have. Published models are orders of magnitude within; beyond, what follows from them (frequencies, scales,
/// inverse roots) would not be finite, or would be no normal float32, and logits no numbers.
/// </summary>
internal static class ConfigRanges
{
    /// <summary>The base of a rotary embedding: its frequencies are the base to powers from 0 to -1.</summary>
    public static OptionRange<double> RotaryBase { get; } = OptionRange.Real("a number from 1 to 1e15", value => value is >= 1 and <= 1e15);

    /// <summary>What divides frequencies of a rotary embedding.</summary>
    public static OptionRange<double> RotaryFactor { get; } = OptionRange.Real("a number from 1e-6 to 1e6", value => value is >= 1e-6 and <= 1e6);

    /// <summary>What bounds the frequencies that are divided, in turns within the original context.</summary>
    public static OptionRange<double> RotaryTurns { get; } = OptionRange.Real("a number from 1e-6 to 1e9", value => value is >= 1e-6 and <= 1e9);

    /// <summary>What is added to a mean square before its inverse root is taken, which must not be 0 / 0 for a row of zeros.</summary>
    public static OptionRange<double> NormEpsilon { get; } = OptionRange.Real("a number from 1e-30 to 1", value => value is >= 1e-30 and <= 1);

    /// <summary>The number by whose inverse root attention's scores are multiplied.</summary>
    public static OptionRange<double> AttentionScalar { get; } = OptionRange.Real("a number from 1e-6 to 1e12", value => value is >= 1e-6 and <= 1e12);
}
