using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// Two vectors of rows of an <see cref="AffineLayout"/> times four tokens: each code is looked up once and multiplied four times, in the order of
/// <see cref="AffineSlab{TLanes, TVector, TBits}"/>, so that the bits are those of a token alone.
/// </summary>
/// <remarks>For machines with 32 registers: 16 sums, 8 totals in memory.</remarks>
internal readonly unsafe struct AffineFourRows<TLanes, TVector, TBits>(AffineLayout layout)
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TBits : ICodeBits
{
    public const int Tokens = 4;

    private readonly uint* _codes = layout.Codes;
    private readonly GroupScales<TLanes, TVector> _scales = new(layout);
    private readonly nint _words = layout.WordsPerRow;
    private readonly int _groups = layout.Groups;
    private readonly int _groupSize = layout.GroupSize;

    /// <summary>Whether it is made for such a matrix on this machine: groups of whole words, and vectors of 512 bits, with which 32 registers come.</summary>
    public static bool Fits(AffineLayout layout) => TLanes.Count == 16 && layout.GroupSize % (TBits.Bits == 3 ? 32 : 32 / TBits.Bits) == 0;

    /// <summary>The outputs of the 64 rows of <paramref name="slab"/> for four tokens.</summary>
    /// <param name="slab">The slab.</param>
    /// <param name="x">The first token's input.</param>
    /// <param name="stride">Floats from one token's input to the next.</param>
    /// <param name="sums">The sum of the first token's input over each group.</param>
    /// <param name="sumStride">Floats from one token's sums to the next.</param>
    /// <param name="y">4 x 64 outputs.</param>
    public void Multiply(nint slab, float* x, nint stride, float* sums, nint sumStride, float* y)
    {
        new Span<float>(y, Tokens * AffineLayout.SlabRows).Clear();
        for (int row = 0; row < AffineLayout.SlabRows; row += 2 * TLanes.Count)
        {
            Multiply(slab, row, x, stride, sums, sumStride, y + row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(nint slab, int row, float* x, nint stride, float* sums, nint sumStride, float* y)
    {
        byte* source = (byte*)(_codes + (slab * _words * AffineLayout.SlabRows) + row);
        TVector table = TLanes.CodeTable(TBits.Bits);
        for (int g = 0; g < _groups; g++)
        {
            Prefetch.Read(_scales.At(slab, g + 2, 0), AffineLayout.SlabRows * sizeof(uint));
            TVector ae0 = TLanes.Zero, ae1 = TLanes.Zero, ao0 = TLanes.Zero, ao1 = TLanes.Zero;
            TVector be0 = TLanes.Zero, be1 = TLanes.Zero, bo0 = TLanes.Zero, bo1 = TLanes.Zero;
            TVector ce0 = TLanes.Zero, ce1 = TLanes.Zero, co0 = TLanes.Zero, co1 = TLanes.Zero;
            TVector de0 = TLanes.Zero, de1 = TLanes.Zero, do0 = TLanes.Zero, do1 = TLanes.Zero;
            for (float* end = x + _groupSize; x < end;)
            {
                Prefetch.Read(source + Prefetch.Distance, (TBits.Bits == 3 ? 3 : 1) * 2 * TLanes.Count * sizeof(uint));
                if (TBits.Bits == 3)
                {
                    TVector w0 = Load(source), w1 = Load(source + Next);
                    source += Word;
                    TVector v0 = Load(source), v1 = Load(source + Next);
                    source += Word;
                    TVector u0 = Load(source), u1 = Load(source + Next);
                    source += Word;
                    Take(table, w0, w1, 10, x, stride, ref ae0, ref ae1, ref be0, ref be1, ref ce0, ref ce1, ref de0, ref de1);
                    Take(table, Join(w0, v0, 30), Join(w1, v1, 30), 10, x + 10, stride, ref ao0, ref ao1, ref bo0, ref bo1, ref co0, ref co1, ref do0, ref do1);
                    Take(table, Join(v0, u0, 28), Join(v1, u1, 28), 6, x + 20, stride, ref ae0, ref ae1, ref be0, ref be1, ref ce0, ref ce1, ref de0, ref de1);
                    Take(table, TLanes.ShiftRight(u0, 14), TLanes.ShiftRight(u1, 14), 6, x + 26, stride,
                        ref ao0, ref ao1, ref bo0, ref bo1, ref co0, ref co1, ref do0, ref do1);
                    x += 32;
                }
                else
                {
                    const int CodeByte = 8;
                    int codes = CodeByte / TBits.Bits;
                    for (int at = 0; at < 4; at += 2)
                    {
                        Take(table, Load(source + at), Load(source + at + Next), codes, x, stride,
                            ref ae0, ref ae1, ref be0, ref be1, ref ce0, ref ce1, ref de0, ref de1);
                        Take(table, Load(source + at + 1), Load(source + at + 1 + Next), codes, x + codes, stride,
                            ref ao0, ref ao1, ref bo0, ref bo1, ref co0, ref co1, ref do0, ref do1);
                        x += 2 * codes;
                    }
                    source += Word;
                }
            }
            uint* scales = _scales.At(slab, g, row);
            _scales.Load(scales, out TVector s0, out TVector b0);
            _scales.Load(scales + TLanes.Count, out TVector s1, out TVector b1);
            AddGroup(s0, b0, s1, b1, sums[(0 * sumStride) + g], TLanes.Add(ae0, ao0), TLanes.Add(ae1, ao1), y + (0 * AffineLayout.SlabRows));
            AddGroup(s0, b0, s1, b1, sums[(1 * sumStride) + g], TLanes.Add(be0, bo0), TLanes.Add(be1, bo1), y + (1 * AffineLayout.SlabRows));
            AddGroup(s0, b0, s1, b1, sums[(2 * sumStride) + g], TLanes.Add(ce0, co0), TLanes.Add(ce1, co1), y + (2 * AffineLayout.SlabRows));
            AddGroup(s0, b0, s1, b1, sums[(3 * sumStride) + g], TLanes.Add(de0, do0), TLanes.Add(de1, do1), y + (3 * AffineLayout.SlabRows));
        }
    }

    private static int Word => AffineLayout.SlabRows * sizeof(uint);

    private static int Next => TLanes.Count * sizeof(uint);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load(byte* source) => TLanes.LoadBits((uint*)source);

    /// <summary>The bits from <paramref name="shift"/> of low on, followed by those of high.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Join(TVector low, TVector high, int shift) => TLanes.Or(TLanes.ShiftRight(low, shift), TLanes.ShiftLeft(high, 32 - shift));

    /// <summary>Adds the products of a run of codes, lowest bits first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Take(
        TVector table, TVector w0, TVector w1, int count, float* x, nint stride,
        ref TVector a0, ref TVector a1, ref TVector b0, ref TVector b1, ref TVector c0, ref TVector c1, ref TVector d0, ref TVector d1)
    {
        for (int c = 0; c < count; c++)
        {
            TVector code0 = TLanes.LookUp(table, w0, TBits.Bits), code1 = TLanes.LookUp(table, w1, TBits.Bits);
            TVector input = TLanes.Broadcast(x[c]);
            a0 = TLanes.MultiplyAdd(code0, input, a0);
            a1 = TLanes.MultiplyAdd(code1, input, a1);
            input = TLanes.Broadcast(x[stride + c]);
            b0 = TLanes.MultiplyAdd(code0, input, b0);
            b1 = TLanes.MultiplyAdd(code1, input, b1);
            input = TLanes.Broadcast(x[(2 * stride) + c]);
            c0 = TLanes.MultiplyAdd(code0, input, c0);
            c1 = TLanes.MultiplyAdd(code1, input, c1);
            input = TLanes.Broadcast(x[(3 * stride) + c]);
            d0 = TLanes.MultiplyAdd(code0, input, d0);
            d1 = TLanes.MultiplyAdd(code1, input, d1);
            if (c + 1 < count)
            {
                w0 = TLanes.ShiftRight(w0, TBits.Bits);
                w1 = TLanes.ShiftRight(w1, TBits.Bits);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddGroup(TVector s0, TVector b0, TVector s1, TVector b1, float sum, TVector part0, TVector part1, float* y)
    {
        TVector input = TLanes.Broadcast(sum);
        TLanes.Store(TLanes.MultiplyAdd(s0, part0, TLanes.MultiplyAdd(b0, input, TLanes.Load(y))), y);
        TLanes.Store(TLanes.MultiplyAdd(s1, part1, TLanes.MultiplyAdd(b1, input, TLanes.Load(y + TLanes.Count))), y + TLanes.Count);
    }
}
