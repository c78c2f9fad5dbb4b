using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>A weight matrix B that can also be multiplied the other way round, as the backward pass needs.</summary>
internal abstract class DifferentiableLinear(int inputs, int outputs) : LinearKernel(inputs, outputs)
{
    /// <summary><c>dX (op)= dY B</c>.</summary>
    /// <param name="outputGradient">dY, tokens x outputs.</param>
    /// <param name="tokens">Number of rows.</param>
    /// <param name="inputGradient">dX, tokens x inputs.</param>
    /// <param name="destination">What becomes of what dX held.</param>
    /// <param name="workers">The team.</param>
    public abstract void MultiplyTransposed(
        ReadOnlySpan<float> outputGradient, int tokens, Span<float> inputGradient, Destination destination, Workers workers);

    /// <summary>Adds <c>dB = dY^T X</c> to the gradients of what is trained of it; nothing where nothing is.</summary>
    /// <param name="outputGradient">dY, tokens x outputs.</param>
    /// <param name="input">X, tokens x inputs.</param>
    /// <param name="tokens">Number of rows.</param>
    /// <param name="workers">The team.</param>
    public abstract void Accumulate(float[] outputGradient, float[] input, int tokens, Workers workers);

    /// <summary>Reads a row of B: as an embedding, the row of an id.</summary>
    public abstract void ReadRow(int row, Span<float> to);

    /// <summary>Adds the gradient of a row of B to the gradients of what is trained of it; nothing where nothing is.</summary>
    public abstract void AccumulateRow(int row, ReadOnlySpan<float> gradient);
}
