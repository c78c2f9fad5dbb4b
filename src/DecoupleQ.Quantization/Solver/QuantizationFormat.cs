using System.Collections.Immutable;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// The representation of a quantized layer: <c>b_hat = s w + z</c> with integers <c>w</c> in <c>[Alpha, Beta]</c> (arXiv 2404.12759, equation 1).
/// </summary>
/// <param name="Bits">Bits of an integer: 2, 3, 4 or 8.</param>
/// <param name="GroupSize">Contiguous inputs that share an (s, z): 32, 64, 128, or <see cref="PerChannel"/>.</param>
public readonly record struct QuantizationFormat(int Bits, int GroupSize)
{
    /// <summary>The group size that stands for the whole row.</summary>
    public const int PerChannel = -1;

    /// <summary>The bits that there are kernels for.</summary>
    internal static ImmutableArray<int> OfferedBits { get; } = [2, 3, 4, 8];

    /// <summary>The group sizes that there are kernels for, beside the whole row.</summary>
    internal static ImmutableArray<int> OfferedGroupSizes { get; } = [32, 64, 128];

    /// <summary>z is 0 throughout: <c>b_hat = s w</c>, and s may be negative.</summary>
    public bool Symmetric { get; init; }

    /// <summary>The lowest integer, <c>-2^(Bits-1)</c>.</summary>
    public int Alpha => -(1 << (Bits - 1));

    /// <summary>The highest integer, <c>2^(Bits-1) - 1</c>.</summary>
    public int Beta => (1 << (Bits - 1)) - 1;

    /// <summary>Inputs in a group of a layer with <paramref name="inputs"/> inputs.</summary>
    public int ColumnsPerGroup(int inputs) => GroupSize == PerChannel ? inputs : GroupSize;

    /// <summary>Groups in a row of a layer with <paramref name="inputs"/> inputs.</summary>
    public int Groups(int inputs) => inputs / ColumnsPerGroup(inputs);
}
