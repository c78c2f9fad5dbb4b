using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// 2-bit rows times one token with 128-bit vectors, two codes and sixteen rows a look-up: the values of <c>q0 x0 + q1 x1</c> are integers of three bytes, which
/// three byte look-ups (tbl, pshufb) find in the tables of <see cref="PlaneTableInput"/>, and which are summed byte by byte.
/// </summary>
/// <remarks>On Arm a pair of codes of 16 rows takes 17 instructions; code by code with multiply-adds it takes 30.</remarks>
internal readonly unsafe struct PlaneTableSlab(AffineLayout layout)
{
    private const int CodesPerWord = 16;
    private const int WordsPerBlock = PlaneTableInput.BlockSize / CodesPerWord;
    private const int RowsAtOnce = 16;

    private readonly uint* _codes = layout.Codes;
    private readonly GroupScales<SingleLanes128, Vector128<float>> _scales = new(layout);
    private readonly nint _words = layout.WordsPerRow;
    private readonly int _groups = layout.Groups;
    private readonly int _wordsPerGroup = layout.GroupSize / CodesPerWord;

    /// <summary>Whether the groups of <paramref name="layout"/> are whole words, and the machine has the look-ups.</summary>
    public static bool Fits(AffineLayout layout) => layout.GroupSize % CodesPerWord == 0 && BytePlanes.IsSupported;

    /// <summary>The outputs of the 64 rows of <paramref name="slab"/>.</summary>
    /// <param name="slab">The slab.</param>
    /// <param name="tables">One token's tables.</param>
    /// <param name="sums">The sum of the token's input over each group, then step and offset of each block.</param>
    /// <param name="y">64 outputs.</param>
    public void Multiply(nint slab, float* tables, float* sums, float* y)
    {
        for (int row = 0; row < AffineLayout.SlabRows; row += RowsAtOnce)
        {
            MultiplyRows(slab, row, (byte*)tables, sums, sums + _groups, y + row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyRows(nint slab, int row, byte* tables, float* sums, float* blocks, float* y)
    {
        byte* source = (byte*)(_codes + (slab * _words * AffineLayout.SlabRows) + row);
        Vector128<float> total0 = default, total1 = default, total2 = default, total3 = default;
        for (int g = 0; g < _groups; g++)
        {
            Vector128<float> part0 = default, part1 = default, part2 = default, part3 = default;
            for (int left = _wordsPerGroup; left > 0; left -= WordsPerBlock, blocks += 2)
            {
                Vector128<ushort> low0 = default, low1 = default, middle0 = default, middle1 = default, high0 = default, high1 = default;
                for (int w = Math.Min(left, WordsPerBlock); w > 0; w--)
                {
                    Prefetch.Read(source + Prefetch.Distance);
                    BytePlanes.Load(source, out Vector128<byte> c0, out Vector128<byte> c1, out Vector128<byte> c2, out Vector128<byte> c3);
                    AddPairs(c0, tables, ref low0, ref low1, ref middle0, ref middle1, ref high0, ref high1);
                    AddPairs(c1, tables + (2 * PlaneTableInput.PairBytes), ref low0, ref low1, ref middle0, ref middle1, ref high0, ref high1);
                    AddPairs(c2, tables + (4 * PlaneTableInput.PairBytes), ref low0, ref low1, ref middle0, ref middle1, ref high0, ref high1);
                    AddPairs(c3, tables + (6 * PlaneTableInput.PairBytes), ref low0, ref low1, ref middle0, ref middle1, ref high0, ref high1);
                    tables += 8 * PlaneTableInput.PairBytes;
                    source += AffineLayout.SlabRows * sizeof(uint);
                }
                Vector128<float> step = Vector128.Create(blocks[0]);
                Vector128<uint> offset = Vector128.Create(BitConverter.SingleToUInt32Bits(blocks[1]));
                (low0, low1) = BytePlanes.Sums(low0, low1);
                (middle0, middle1) = BytePlanes.Sums(middle0, middle1);
                (high0, high1) = BytePlanes.Sums(high0, high1);
                part0 += step * Whole(Vector128.WidenLower(low0), Vector128.WidenLower(middle0), Vector128.WidenLower(high0), offset);
                part1 += step * Whole(Vector128.WidenUpper(low0), Vector128.WidenUpper(middle0), Vector128.WidenUpper(high0), offset);
                part2 += step * Whole(Vector128.WidenLower(low1), Vector128.WidenLower(middle1), Vector128.WidenLower(high1), offset);
                part3 += step * Whole(Vector128.WidenUpper(low1), Vector128.WidenUpper(middle1), Vector128.WidenUpper(high1), offset);
            }
            Vector128<float> sum = Vector128.Create(sums[g]);
            uint* at = _scales.At(slab, g, row);
            AddGroup(at, sum, part0, ref total0);
            AddGroup(at + 4, sum, part1, ref total1);
            AddGroup(at + 8, sum, part2, ref total2);
            AddGroup(at + 12, sum, part3, ref total3);
        }
        total0.Store(y);
        total1.Store(y + 4);
        total2.Store(y + 8);
        total3.Store(y + 12);
    }

    /// <summary>Adds the values of the two pairs in a byte of 16 rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPairs(
        Vector128<byte> codes, byte* tables, ref Vector128<ushort> low0, ref Vector128<ushort> low1,
        ref Vector128<ushort> middle0, ref Vector128<ushort> middle1, ref Vector128<ushort> high0, ref Vector128<ushort> high1)
    {
        Vector128<byte> index = codes & Vector128.Create((byte)15);
        BytePlanes.Add(BytePlanes.LookUp(Vector128.Load(tables), index), ref low0, ref low1);
        BytePlanes.Add(BytePlanes.LookUp(Vector128.Load(tables + 16), index), ref middle0, ref middle1);
        BytePlanes.Add(BytePlanes.LookUp(Vector128.Load(tables + 32), index), ref high0, ref high1);
        index = codes >>> 4;
        BytePlanes.Add(BytePlanes.LookUp(Vector128.Load(tables + 48), index), ref low0, ref low1);
        BytePlanes.Add(BytePlanes.LookUp(Vector128.Load(tables + 64), index), ref middle0, ref middle1);
        BytePlanes.Add(BytePlanes.LookUp(Vector128.Load(tables + 80), index), ref high0, ref high1);
    }

    /// <summary>Sums of three bytes and the offset as one number. What passes 32 bits on the way comes back: the result fits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Whole(Vector128<uint> low, Vector128<uint> middle, Vector128<uint> high, Vector128<uint> offset) =>
        Vector128.ConvertToSingle((low + (middle << 8) + (high << 16) + offset).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddGroup(uint* at, Vector128<float> sum, Vector128<float> part, ref Vector128<float> total)
    {
        _scales.Load(at, out Vector128<float> scale, out Vector128<float> bias);
        total = Vector128.MultiplyAddEstimate(scale, part, Vector128.MultiplyAddEstimate(bias, sum, total));
    }
}
