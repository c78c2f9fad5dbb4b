using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>
/// A row of inputs in 16-bit integers, block by block of 256: <c>x = scale * (256 * high + low)</c> with signed bytes. For each quad of inputs a word of
/// high and a word
/// of low bytes; then the sums of high and of low bytes of groups of 16, and of groups of 32; then the scale.
/// </summary>
/// <remarks>
/// Rounding errs by at most 2^-16 of the block's largest input. Sums are pairs of 16 bits, of four groups: high and low of 0 and 2, high and low of 1 and
/// 3.
/// </remarks>
internal static unsafe class QuantizedRow
{
    /// <summary>Words of a block.</summary>
    public const int BlockWords = 160;

    /// <summary>Where a block has the sums of groups of 16, those of groups of 32, and its scale.</summary>
    public const int SumsOf16 = 128, SumsOf32 = SumsOf16 + 16, Scale = SumsOf32 + 8;

    private const int Largest = 127 * 256;
    private const int Group = 16, Groups = SuperBlockMatrix.BlockLength / Group;

    /// <summary>Makes the blocks of a row.</summary>
    /// <param name="x">The row.</param>
    /// <param name="inputs">Its length, whole blocks.</param>
    /// <param name="blocks">inputs / 256 x <see cref="BlockWords"/>.</param>
    public static void Make(float* x, int inputs, uint* blocks)
    {
        for (int at = 0; at < inputs; at += SuperBlockMatrix.BlockLength)
        {
            MakeBlock(x + at, blocks);
            blocks += BlockWords;
        }
    }

    [SkipLocalsInit]
    private static void MakeBlock(float* x, uint* block)
    {
        float most = Math.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(x, SuperBlockMatrix.BlockLength)));
        // Numbers that are not finite must not become others: they make the whole block NaN.
        float scale = float.IsFinite(most) ? most / Largest : float.NaN, inverse = scale > 0 ? Largest / most : 0;
        inverse = float.IsFinite(inverse) ? inverse : 0;
        ((float*)block)[Scale] = scale;

        short* high = stackalloc short[Groups], low = stackalloc short[Groups];
        Vector128<float> factor = Vector128.Create(inverse);
        for (int g = 0; g < Groups; g++)
        {
            Vector128<int> highSum = Vector128<int>.Zero, lowSum = Vector128<int>.Zero;
            for (int q = g * 4; q < (g + 1) * 4; q++)
            {
                Vector128<int> value = Vector128.ConvertToInt32(Vector128.Round(Vector128.Load(x + (4 * q)) * factor));
                Vector128<int> lower = Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(value, 24), 24);
                Vector128<int> upper = Vector128.ShiftRightArithmetic(value - lower, 8);
                highSum += upper;
                lowSum += lower;
                block[2 * q] = Bytes(upper);
                block[(2 * q) + 1] = Bytes(lower);
            }
            high[g] = (short)Vector128.Sum(highSum);
            low[g] = (short)Vector128.Sum(lowSum);
        }
        Pair(high, low, Groups, block + SumsOf16);
        for (int g = 0; g < Groups / 2; g++)
        {
            high[g] = (short)(high[2 * g] + high[(2 * g) + 1]);
            low[g] = (short)(low[2 * g] + low[(2 * g) + 1]);
        }
        Pair(high, low, Groups / 2, block + SumsOf32);
    }

    private static void Pair(short* high, short* low, int groups, uint* sums)
    {
        for (int g = 0; g < groups; g += 4)
        {
            sums[g] = Words(high[g], high[g + 2]);
            sums[g + 1] = Words(low[g], low[g + 2]);
            sums[g + 2] = Words(high[g + 1], high[g + 3]);
            sums[g + 3] = Words(low[g + 1], low[g + 3]);
        }
    }

    private static uint Words(short first, short second) => (ushort)first | ((uint)(ushort)second << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bytes(Vector128<int> integers)
    {
        Vector128<short> narrow = Vector128.Narrow(integers, integers);
        return Vector128.Narrow(narrow, narrow).AsUInt32().ToScalar();
    }
}
