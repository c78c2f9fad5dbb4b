namespace DecoupleQ.Pilot.Overlaps;

/// <summary>
/// Hashes of words and of sequences of them, in 64 bits: that any of a million runs is taken for any of a million others has a probability below 1e-7.
/// </summary>
internal static class GramHash
{
    /// <summary>What a sequence's hash is times for each further word: odd, of no pattern.</summary>
    public const ulong Base = 0x9E37_79B9_7F4A_7C15;

    /// <summary>A sequence with a further word.</summary>
    public static ulong Of(ulong sequence, ulong word) => unchecked((sequence * Base) + word);

    /// <summary>Spreads the bits of a number over all 64 (the end of SplitMix64).</summary>
    public static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
            value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
            return value ^ (value >> 31);
        }
    }
}
