using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels;

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
    public static LinearKernel For(WeightMatrix matrix) => new ReferenceLinear(matrix);

    /// <summary>Multiplies <paramref name="tokens"/> rows: few tokens stream the weight (decode), many go through a matrix product (prefill).</summary>
    /// <param name="input">tokens x <see cref="Inputs"/>.</param>
    /// <param name="tokens">Number of rows.</param>
    /// <param name="output">tokens x <see cref="Outputs"/>, overwritten.</param>
    /// <param name="workers">The team.</param>
    public abstract void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers);
}
