namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>The number of a strip, 32 of a super-block's 256 columns, as a type, so that shifts by it are constants.</summary>
internal interface IStrip
{
    /// <summary>0 .. 7.</summary>
    static abstract int Index { get; }
}

internal readonly struct Strip0 : IStrip
{
    public static int Index => 0;
}

internal readonly struct Strip1 : IStrip
{
    public static int Index => 1;
}

internal readonly struct Strip2 : IStrip
{
    public static int Index => 2;
}

internal readonly struct Strip3 : IStrip
{
    public static int Index => 3;
}

internal readonly struct Strip4 : IStrip
{
    public static int Index => 4;
}

internal readonly struct Strip5 : IStrip
{
    public static int Index => 5;
}

internal readonly struct Strip6 : IStrip
{
    public static int Index => 6;
}

internal readonly struct Strip7 : IStrip
{
    public static int Index => 7;
}
