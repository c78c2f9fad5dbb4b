using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DecoupleQ.Kernels.Products;

/// <summary>Rows of inputs as left factor of a product of pairs: integers from 0 to 32767 with a step and a least input for each run.</summary>
/// <remarks>
/// One of the integers stands for zero: where a few inputs are large, the others, rounded to zero, are off by no more than they are. The sum is that of the
/// rounded inputs: what rounding does to an input is then multiplied with the weight alone, not with code and bias apart. A run with an infinity or a NaN
/// gets NaN as step, so its row's outputs are NaN.
/// </remarks>
/// <param name="rows">rows x inputs.</param>
/// <param name="stride">Floats from one row to the next.</param>
/// <param name="runs">How the inputs are cut.</param>
/// <param name="errors">For each row the square of what rounding is expected to change, to which packing adds, then that of the inputs.</param>
/// <param name="count">Rows.</param>
internal readonly unsafe struct QuantizedRows(float* rows, nint stride, InputRuns runs, float* errors, int count) : IOperand<float>
{
    /// <summary>The most that rounding may change, relative to the root of the inputs' sum of squares, before a row's remainder is multiplied too.</summary>
    public const float MostError = 0.6e-4f;

    private const int MostLanes = 6;

    // One less than fits, as the least and the greatest input may both be rounded up.
    private const int Largest = short.MaxValue - 1;

    // 1.5 * 2^23: added to a float below 2^22 in magnitude, it leaves the rounded number, in two's complement, in the lowest bits.
    private const float Rounder = 12582912;
    private const int RounderBits = 0x4B400000;

    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        short* values = stackalloc short[MostLanes * InputRuns.Longest];
        int first = (int)start / runs.PanelRows, end = first + (depth / runs.PanelRows);
        for (int run = first; run < end; run++)
        {
            int filled = runs.Filled(run);
            if (lanes < width || filled < runs.Length)
            {
                new Span<float>(panel, runs.PanelRows * width).Clear();
            }
            float* factors = panel + ((nint)runs.Pairs * width);
            for (int l = 0; l < lanes; l++)
            {
                float* x = rows + ((lane + l) * stride) + runs.Start(run);
                Quantize(x, filled, values + (l * runs.Length), out factors[l], out factors[width + l], out factors[(2 * width) + l], out float squares);
                errors[lane + l] += factors[l] * factors[l] * (filled / 12f);
                errors[count + lane + l] += squares;
            }
            PanelTranspose.Pack((float*)values, runs.Pairs, lanes, filled / 2, width, panel);
            panel += (nint)runs.PanelRows * width;
        }
    }

    /// <summary>Whether rounding may change the products of a row, once all of it has been packed, by more than <see cref="MostError"/>.</summary>
    public bool IsCoarse(int row) => errors[row] > MostError * MostError * errors[count + row];

    /// <summary>What rounding leaves out of a row.</summary>
    public void Remainder(int row, float* remainder)
    {
        short* values = stackalloc short[InputRuns.Longest];
        float* x = rows + (row * stride);
        for (int run = 0; run < runs.Count; run++)
        {
            int start = runs.Start(run), filled = runs.Filled(run);
            Quantize(x + start, filled, values, out float step, out float least, out _, out _);
            for (int j = 0; j < filled; j++)
            {
                remainder[start + j] = x[start + j] - float.FusedMultiplyAdd(step, values[j], least);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quantize(float* x, int count, short* values, out float step, out float least, out float sum, out float squares)
    {
        (float lowest, float greatest) = Range(x, count, out squares);
        float range = Math.Max(greatest, 0) - Math.Min(lowest, 0);

        // Where the range is next to nothing the factor would be infinite; inputs keep fewer digits instead.
        float factor = Math.Min(Largest / range, float.MaxValue / 4);
        step = 1 / factor;
        Vector256<float> factors = Vector256.Create(factor);

        // By the same instruction as the inputs, so that the least becomes 0 and none becomes negative.
        int zero = -(Rounded(Vector256.Create(Math.Min(lowest, 0)), factors).ToScalar() - RounderBits);
        Vector256<int> zeros = Vector256.Create(zero - RounderBits), sums = Vector256<int>.Zero;
        int j = 0;
        for (; j <= count - 16; j += 16)
        {
            Vector256<int> low = Rounded(Vector256.Load(x + j), factors) + zeros, high = Rounded(Vector256.Load(x + j + 8), factors) + zeros;
            Vector256.Narrow(low, high).Store(values + j);
            sums += low + high;
        }
        int total = Vector256.Sum(sums);
        for (; j < count; j++)
        {
            int rounded = (Rounded(Vector256.Create(x[j]), factors) + zeros).ToScalar();
            values[j] = (short)rounded;
            total += rounded;
        }
        least = -zero * step;
        sum = (total - (count * zero)) * step;
        if (float.IsNaN(range))
        {
            new Span<short>(values, count).Clear();
            (step, least, sum) = (float.NaN, float.NaN, float.NaN);
        }
    }

    /// <summary>Products as integers, beside <see cref="RounderBits"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Rounded(Vector256<float> x, Vector256<float> factors) =>
        Vector256.MultiplyAddEstimate(x, factors, Vector256.Create(Rounder)).AsInt32();

    /// <summary>The least and the greatest of the inputs, or NaN if one is not finite, and the sum of their squares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (float Least, float Greatest) Range(float* x, int count, out float squares)
    {
        float low = x[0], high = low;
        squares = 0;
        int j = 0;
        if (count >= 8)
        {
            Vector256<float> least = Vector256.Load(x), greatest = least, sum = Vector256<float>.Zero;
            for (; j <= count - 8; j += 8)
            {
                Vector256<float> next = Vector256.Load(x + j);
                least = Vector256.MinNative(least, next);
                greatest = Vector256.MaxNative(greatest, next);
                sum = Vector256.MultiplyAddEstimate(next, next, sum);
            }
            low = Least(Vector128.MinNative(least.GetLower(), least.GetUpper()));
            high = -Least(-Vector128.MaxNative(greatest.GetLower(), greatest.GetUpper()));
            squares = Vector256.Sum(sum);
        }
        for (; j < count; j++)
        {
            low = Math.Min(low, x[j]);
            high = Math.Max(high, x[j]);
            squares += x[j] * x[j];
        }

        // The squares of large numbers overflow too.
        return float.IsFinite(squares) || AllFinite(x, count) ? (low, high) : (float.NaN, float.NaN);
    }

    private static bool AllFinite(float* x, int count)
    {
        for (int j = 0; j < count; j++)
        {
            if (!float.IsFinite(x[j]))
            {
                return false;
            }
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Least(Vector128<float> vector)
    {
        vector = Vector128.MinNative(vector, Vector128.Shuffle(vector, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MinNative(vector, Vector128.Shuffle(vector, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }
}
