using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Tests.Kernels;

/// <summary>Rows times a weight by the kernel that decoding uses.</summary>
internal static unsafe class Decoding
{
    public static float[] Multiply(SlabKernel kernel, float[] input, int rows, Workers workers, bool exact = false) =>
        Multiply(kernel, input, [.. Enumerable.Repeat(exact, rows)], workers);

    /// <summary>Rows of which each says whether it is to be multiplied as exactly as in float32.</summary>
    public static float[] Multiply(SlabKernel kernel, float[] input, bool[] exact, Workers workers)
    {
        var output = new float[exact.Length * kernel.Outputs];
        fixed (float* x = input)
        {
            new DecodingProduct([kernel]).Run(x, kernel.Inputs, exact.Length, exact, new Store(output, kernel.Outputs), workers);
        }
        return output;
    }

    private sealed class Store(float[] output, int stride) : SlabEpilogue
    {
        public override void Take(int kernel, int first, int outputs, int row, int rows, float* y, float* paired)
        {
            for (int r = 0; r < rows; r++)
            {
                new ReadOnlySpan<float>(y + (r * SlabKernel.SlabRows), outputs).CopyTo(output.AsSpan(((row + r) * stride) + first));
            }
        }
    }
}
