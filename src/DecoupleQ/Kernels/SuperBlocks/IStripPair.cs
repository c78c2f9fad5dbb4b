namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>
/// The number of a pair of strips (32 of a super-block's 256 columns) as a type, so that shifts by it are constants: strips 2 index and 2 index + 1.
/// </summary>
internal interface IStripPair
{
    /// <summary>0 .. 3.</summary>
    static abstract int Index { get; }
}

internal readonly struct StripPair0 : IStripPair
{
    public static int Index => 0;
}

internal readonly struct StripPair1 : IStripPair
{
    public static int Index => 1;
}

internal readonly struct StripPair2 : IStripPair
{
    public static int Index => 2;
}

internal readonly struct StripPair3 : IStripPair
{
    public static int Index => 3;
}
