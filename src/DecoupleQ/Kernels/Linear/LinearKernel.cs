using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>A weight matrix in the layout it is run in. <c>y[t, i] = sum over j of x[t, j] * B_hat[i, j]</c>.</summary>
internal abstract class LinearKernel
{
    protected LinearKernel(int inputs, int outputs)
    {
        Inputs = inputs;
        Outputs = outputs;
    }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>The kernel for <paramref name="matrix"/> on this machine.</summary>
    /// <remarks>A dense matrix is used where it lies; a quantized one is copied into the kernel's layout and need not be kept for it.</remarks>
    public static SlabKernel For(WeightMatrix matrix) => For(matrix, Workers.Alone);

    /// <summary>As the other, rearranging on all threads of <paramref name="workers"/>.</summary>
    public static SlabKernel For(WeightMatrix matrix, Workers workers) => KernelChoice.For(matrix, InstructionSets.Best, workers);

    /// <summary>The kernel for <paramref name="matrix"/> in the family <paramref name="set"/>.</summary>
    public static SlabKernel For(WeightMatrix matrix, InstructionSet set) => KernelChoice.For(matrix, set, Workers.Alone);

    /// <summary>Multiplies rows of a prompt, by a matrix product in float32.</summary>
    /// <remarks>The bits of an output depend on its row of inputs alone: not on the other rows, not on the threads.</remarks>
    /// <param name="input">tokens x <see cref="Inputs"/>.</param>
    /// <param name="tokens">Number of rows.</param>
    /// <param name="output">tokens x <see cref="Outputs"/>, overwritten.</param>
    /// <param name="workers">The team.</param>
    public abstract void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers);

    private protected void CheckLengths(int input, int tokens, int output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        if (input < (long)tokens * Inputs || output < (long)tokens * Outputs)
        {
            throw new ArgumentException($"{tokens} tokens of {Inputs} inputs and {Outputs} outputs do not fit spans of {input} and {output} elements.");
        }
    }
}
