using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A row as 16-bit integers in the order of the codes' pairs, as many of what rounding left out, then for each block four numbers.</summary>
/// <remarks>
/// The four are the step of the block's integers, the sum of its inputs, the middle of the codes times what the integers' sum is short of that, and the step of
/// the second integers, or 0: these are made, and looked at, only for blocks whose rounding would change a product by more than their share of
/// <see cref="MostError"/> (many large inputs side by side).
/// </remarks>
/// <param name="Bits">Bits of a code: 4 or 8.</param>
/// <param name="GroupSize">Inputs of a group.</param>
internal sealed unsafe record PairInput(int Bits, int GroupSize) : InputForm
{
    /// <summary>The most that rounding may be expected to change, relative to the root mean square of a product with random codes.</summary>
    public const double MostError = WordTableInput.MostError;

    /// <summary>Floats of a block beside its integers.</summary>
    public const int BlockNumbers = 4;

    // The largest sum of a block, of 8-bit codes, stays below 2^31.
    private const int MostInputs = 128;
    private const int Unit = 16;
    private const float Largest = short.MaxValue;

    // Beyond it, inputs are next to nothing, and what they are multiplied with may be infinite.
    private const float MostPerStep = 1e37f;

    // Of the inputs of a word, one of the lower half of its codes, then one of the upper half.
    private static readonly Vector256<short> FourBitOrder = Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    private static readonly Vector256<short> EightBitOrder = Vector256.Create(0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15);

    /// <summary>Inputs of a block: as many as divide a group.</summary>
    public int BlockSize { get; } = Enumerable.Range(1, MostInputs / Unit).Select(units => units * Unit).Last(size => GroupSize % size == 0);

    private Vector256<short> Order => Bits == 4 ? FourBitOrder : EightBitOrder;

    /// <summary>The middle of the codes.</summary>
    private float Middle => ((1 << Bits) - 1) / 2f;

    /// <summary>Whether groups can be cut into blocks.</summary>
    public static bool Fits(int bits, int groupSize) => bits is 4 or 8 && groupSize % Unit == 0;

    public override long Length(int inputs) => inputs + ((long)inputs / BlockSize * BlockNumbers);

    public override long UsualLength(int inputs) => (inputs / 2) + ((long)inputs / BlockSize * BlockNumbers);

    /// <summary>The parts of a form.</summary>
    public PairRow Row(float* prepared, int inputs) => new((short*)prepared, (short*)prepared + inputs, prepared + inputs);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Prepare(float* x, int inputs, bool exact, float* prepared)
    {
        PairRow row = Row(prepared, inputs);
        short* values = row.Values, rest = row.Rest;
        float* numbers = row.Numbers;
        double mostStep = exact ? 0 : MostError * MostError * 12 * TensorPrimitives.SumOfSquares(new ReadOnlySpan<float>(x, inputs)) / inputs;
        for (float* end = x + inputs; x < end; x += BlockSize, values += BlockSize, rest += BlockSize, numbers += BlockNumbers)
        {
            (float step, float sum) = Range(x);
            float rounded = step * Round(x, step, values), restStep = 0;
            if ((double)step * step > mostStep)
            {
                (restStep, int restTotal) = Remainder(x, step, rest);
                rounded = float.FusedMultiplyAdd(restStep, restTotal, rounded);
            }
            (numbers[0], numbers[1], numbers[2], numbers[3]) = (step, sum, Middle * (sum - rounded), restStep);
        }
    }

    /// <summary>The step of a block's integers, NaN if an input is not finite, and the sum of its inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (float Step, float Sum) Range(float* x)
    {
        Vector512<float> most = Vector512<float>.Zero, sums = Vector512<float>.Zero;
        for (int j = 0; j < BlockSize; j += Unit)
        {
            Vector512<float> next = Vector512.Load(x + j);
            most = Vector512.MaxNative(most, Vector512.Abs(next));
            sums += next;
        }
        float sum = Vector512.Sum(sums), magnitude = Greatest(most);

        // The sum of what is finite may be infinite too.
        return (float.IsFinite(sum) || AllFinite(x) ? magnitude / Largest : float.NaN, sum);
    }

    /// <summary>Rounds a block to integers of a step.</summary>
    /// <returns>Their sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Round(float* x, float step, short* values)
    {
        float perStep = 1 / step;
        if (!(perStep <= MostPerStep))
        {
            return RoundSmall(x, step, values);
        }
        Vector512<float> factors = Vector512.Create(perStep);
        Vector512<int> totals = Vector512<int>.Zero;
        for (int j = 0; j < BlockSize; j += Unit)
        {
            Vector512<int> rounded = Avx512F.ConvertToVector512Int32(Vector512.Load(x + j) * factors);
            totals += rounded;
            Avx512BW.VL.PermuteVar16x16(Avx512F.ConvertToVector256Int16(rounded), Order).Store(values + j);
        }
        return Vector512.Sum(totals);
    }

    /// <summary>The same for inputs next to nothing, or no numbers at all.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int RoundSmall(float* x, float step, short* values)
    {
        int total = 0;
        for (int j = 0; j < BlockSize; j++)
        {
            values[j] = step > 0 ? (short)Math.Clamp(Math.Round(x[j - (j % Unit) + Order[j % Unit]] / (double)step), -Largest, Largest) : (short)0;
            total += values[j];
        }
        return total;
    }

    /// <summary>Rounds what rounding to a step leaves out.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private (float Step, int Total) Remainder(float* x, float step, short* rest)
    {
        float* left = stackalloc float[MostInputs];
        float perStep = 1 / step;
        bool small = !(perStep <= MostPerStep);
        for (int j = 0; j < BlockSize; j++)
        {
            double rounded = small ? Math.Round(x[j] / (double)step) : MathF.Round(x[j] * perStep);
            left[j] = step > 0 ? (float)(x[j] - (rounded * step)) : 0;
        }
        (float restStep, _) = Range(left);
        return (restStep, Round(left, restStep, rest));
    }

    private bool AllFinite(float* x)
    {
        for (int j = 0; j < BlockSize; j++)
        {
            if (!float.IsFinite(x[j]))
            {
                return false;
            }
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Greatest(Vector512<float> magnitudes)
    {
        Vector256<float> eight = Vector256.MaxNative(magnitudes.GetLower(), magnitudes.GetUpper());
        Vector128<float> four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Math.Max(four.ToScalar(), four.GetElement(1));
    }
}

/// <summary>A row's form.</summary>
/// <param name="values">An integer an input.</param>
/// <param name="rest">As many of what was left out of them.</param>
/// <param name="numbers">Four a block.</param>
internal readonly unsafe struct PairRow(short* values, short* rest, float* numbers)
{
    public short* Values { get; } = values;

    public short* Rest { get; } = rest;

    public float* Numbers { get; } = numbers;
}
