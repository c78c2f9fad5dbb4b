using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// For each pair of inputs the 16 values of <c>q0 x0 + q1 x1</c> as integers of 24 bits: 16 lowest bytes, 16 middle ones, 16 highest. Then the sum of each
/// group of inputs, then a step and an offset for each block of inputs.
/// </summary>
/// <remarks>
/// Within a block, which is a group or a part of one, inputs are multiples of a step of 3.6e-7 of its largest: their rounding is that of
/// float32 at the largest, six times over. The values of a
/// pair begin at zero; what is missing from them makes the offset. A block whose inputs are all below 1e-30 counts as zero, one with an input that is not
/// finite is not a number.
/// </remarks>
/// <param name="GroupSize">Inputs of a group.</param>
internal sealed unsafe record PlaneTableInput(int GroupSize) : InputForm
{
    /// <summary>
    /// Inputs of a block at most: a large one costs only those beside it exactness. Sums of half as many bytes fit 16 bits, sums of half as many values 32.
    /// </summary>
    public const int BlockSize = 64;

    /// <summary>Bytes of a pair's tables.</summary>
    public const int PairBytes = 48;

    // Twice three of them are the largest value of 24 bits.
    private const int Most = ((1 << 24) - 1) / 6;
    private const float Least = 1e-30f;

    /// <summary>Where the sums begin.</summary>
    public static long SumsAt(int inputs) => (long)inputs / 2 * (PairBytes / sizeof(float));

    /// <summary>Blocks of a group.</summary>
    public static int Blocks(int groupSize) => (groupSize + BlockSize - 1) / BlockSize;

    public override long Length(int inputs) => SumsAt(inputs) + (inputs / GroupSize * (1 + (2 * Blocks(GroupSize))));

    public override void Prepare(float* x, int inputs, bool exact, float* prepared)
    {
        float* sums = prepared + SumsAt(inputs), blocks = sums + (inputs / GroupSize);
        SumGroups(x, inputs, GroupSize, sums);
        byte* tables = (byte*)prepared;
        for (int j = 0; j < inputs;)
        {
            int size = Math.Min(BlockSize, GroupSize - (j % GroupSize));
            float most = MathF.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<float>(x + j, size)));
            blocks[0] = most < Least ? 0 : most / Most;
            blocks[1] = BitConverter.Int32BitsToSingle(MakeTables(x + j, size, most < Least ? 0 : Most / most, tables));
            blocks += 2;
            tables += size / 2 * PairBytes;
            j += size;
        }
    }

    /// <summary>The tables of a block; returns its offset.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int MakeTables(float* x, int size, float scale, byte* tables)
    {
        int offset = 0;
        Vector128<int> codes = Vector128.Create(0, 1, 2, 3);
        for (int j = 0; j < size; j += 2, tables += PairBytes)
        {
            int first = (int)MathF.Round(x[j] * scale), second = (int)MathF.Round(x[j + 1] * scale);
            int least = 3 * (Math.Min(first, 0) + Math.Min(second, 0));
            offset += least;
            Vector128<int> step = Vector128.Create(second);
            Vector128<int> v0 = (codes * first) - Vector128.Create(least), v1 = v0 + step, v2 = v1 + step, v3 = v2 + step;
            BytePlanes.Split(
                v0.AsByte(), v1.AsByte(), v2.AsByte(), v3.AsByte(), out Vector128<byte> low, out Vector128<byte> middle, out Vector128<byte> high, out _);
            low.Store(tables);
            middle.Store(tables + 16);
            high.Store(tables + 32);
        }
        return offset;
    }
}
