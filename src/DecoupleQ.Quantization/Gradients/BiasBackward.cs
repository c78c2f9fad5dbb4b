using System.Numerics.Tensors;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>The gradient of a bias, <c>y = ... + bias</c>: <c>dbias[i] = sum over tokens of dY[t, i]</c>.</summary>
internal static class BiasBackward
{
    /// <summary>Adds to the bias's gradient.</summary>
    /// <param name="bias">One number an output.</param>
    /// <param name="outputGradient">dY, tokens x outputs.</param>
    /// <param name="tokens">Number of rows.</param>
    public static void Accumulate(TrainedTensor bias, ReadOnlySpan<float> outputGradient, int tokens)
    {
        int width = bias.Gradient.Length;
        for (int t = 0; t < tokens; t++)
        {
            TensorPrimitives.Add(bias.Gradient, outputGradient.Slice(t * width, width), bias.Gradient);
        }
    }
}
