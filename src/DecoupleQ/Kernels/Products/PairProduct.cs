using System.Numerics.Tensors;
using System.Runtime.Intrinsics.X86;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Products;

/// <summary>Rows of inputs, rounded to 15-bit integers run by run, times small integers with a scale and a bias for each run.</summary>
/// <remarks>
/// One instruction multiplies and adds twice as many 16-bit integers as float32 numbers. An output is summed run after run in order, whatever the blocks.
/// </remarks>
internal static unsafe class PairProduct
{
    /// <summary>Whether such a product is faster than one in float32 with the kernels of <paramref name="set"/>.</summary>
    /// <remarks>
    /// With AVX-512 it works on vectors of 256 bits: on a Zen 4 those reach twice the rate of float32, and 512 bits, whose broadcasts take the time of an
    /// arithmetic instruction, 1.3 times. Intel's machines add integers in the units that multiply, so that with AVX-512 they gain nothing over float32. Nor
    /// does Arm, where multiplying pairs, adding neighbours and adding to the sum are as many instructions as float32 takes, nor a machine without vectors.
    /// </remarks>
    public static bool Gains(InstructionSet set) => set switch
    {
        InstructionSet.Avx512 => SubnormalSum.Gains,
        InstructionSet.Avx2 => true,
        InstructionSet.Vector128 => Sse2.IsSupported,
        _ => false,
    };

    /// <summary>C (rows x columns, overwritten) = X B.</summary>
    /// <param name="x">rows x inputs.</param>
    /// <param name="runs">How the inputs are cut.</param>
    /// <param name="b">The weights, in panels as <see cref="InputRuns"/> says.</param>
    /// <param name="rows">Rows of X.</param>
    /// <param name="inputs">Floats from one row of X to the next.</param>
    /// <param name="columns">Outputs.</param>
    /// <param name="c">C.</param>
    /// <param name="workers">The team.</param>
    public static void Multiply<TLanes, TVector, TB>(float* x, InputRuns runs, TB b, int rows, int inputs, int columns, float* c, Workers workers)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged
        where TB : unmanaged, IOperand<float>
    {
        if (SubnormalSum.Gains && runs.LargestSum < SubnormalSum.Limit && SubnormalSum.IsExact)
        {
            Multiply(new PairTile6x2<TLanes, TVector, SubnormalSum>(runs.Pairs), x, runs, b, rows, inputs, columns, c, workers);
        }
        else
        {
            Multiply(new PairTile6x2<TLanes, TVector, IntegerSum>(runs.Pairs), x, runs, b, rows, inputs, columns, c, workers);
        }
    }

    private static void Multiply<TTile, TB>(TTile tile, float* x, InputRuns runs, TB b, int rows, int inputs, int columns, float* c, Workers workers)
        where TTile : unmanaged, ITile<float>
        where TB : unmanaged, IOperand<float>
    {
        using Scratch errors = Scratch.Rent<float>(2 * rows);
        var a = new QuantizedRows(x, inputs, runs, Cleared(errors, 2 * rows), rows);
        BlockedProduct<TTile, float, QuantizedRows, TB>.Multiply(
            tile, a, b, rows, columns, runs.Depth, c, columns, Destination.Overwrite, ProductPart.All, workers);
        int coarse = 0;
        for (int r = 0; r < rows; r++)
        {
            coarse += a.IsCoarse(r) ? 1 : 0;
        }
        if (coarse > 0)
        {
            AddRemainders(tile, a, coarse, runs, b, rows, inputs, columns, c, workers);
        }
    }

    /// <summary>Adds what rounding left out of rows whose inputs are of very different magnitudes.</summary>
    private static void AddRemainders<TTile, TB>(
        TTile tile, QuantizedRows a, int coarse, InputRuns runs, TB b, int rows, int inputs, int columns, float* c, Workers workers)
        where TTile : unmanaged, ITile<float>
        where TB : unmanaged, IOperand<float>
    {
        using Scratch remainders = Scratch.Rent<float>((long)coarse * inputs), products = Scratch.Rent<float>((long)coarse * columns);
        using Scratch errors = Scratch.Rent<float>(2 * coarse);
        float* x = (float*)remainders.Pointer, y = (float*)products.Pointer;
        for (int r = 0, i = 0; r < rows; r++)
        {
            if (a.IsCoarse(r))
            {
                a.Remainder(r, x + ((nint)i++ * inputs));
            }
        }
        var rest = new QuantizedRows(x, inputs, runs, Cleared(errors, 2 * coarse), coarse);
        BlockedProduct<TTile, float, QuantizedRows, TB>.Multiply(
            tile, rest, b, coarse, columns, runs.Depth, y, columns, Destination.Overwrite, ProductPart.All, workers);
        for (int r = 0, i = 0; r < rows; r++)
        {
            if (a.IsCoarse(r))
            {
                var row = new Span<float>(c + ((nint)r * columns), columns);
                TensorPrimitives.Add(row, new ReadOnlySpan<float>(y + ((nint)i++ * columns), columns), row);
            }
        }
    }

    private static float* Cleared(in Scratch memory, int length)
    {
        new Span<float>(memory.Pointer, length).Clear();
        return (float*)memory.Pointer;
    }
}
