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
}
