namespace DecoupleQ.Kernels.Linear;

/// <summary>The number of bits of a code as a type, so that it is a constant in the kernels compiled for it.</summary>
internal interface ICodeBits
{
    static abstract int Bits { get; }
}

internal readonly struct TwoBits : ICodeBits
{
    public static int Bits => 2;
}

internal readonly struct ThreeBits : ICodeBits
{
    public static int Bits => 3;
}

internal readonly struct FourBits : ICodeBits
{
    public static int Bits => 4;
}

internal readonly struct EightBits : ICodeBits
{
    public static int Bits => 8;
}
