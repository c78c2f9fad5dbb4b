using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Tests.Kernels;

/// <summary>Rows times a weight by the kernel that decoding uses.</summary>
internal static unsafe class Decoding
{
    public static float[] Multiply(SlabKernel kernel, float[] input, int rows, Workers workers, bool exact = false)
    {
        var output = new float[rows * kernel.Outputs];
        fixed (float* x = input)
        {
            new DecodingProduct([kernel]).Run(x, kernel.Inputs, rows, [.. Enumerable.Repeat(exact, rows)], new Store(output, kernel.Outputs), workers);
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
