using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Gradients;

namespace DecoupleQ.Quantization.Training;

/// <summary>Changes the latents of a layer's integers by their gradients <c>s dB</c>, and the integers after them.</summary>
/// <param name="layer">A layer with latents.</param>
internal abstract class IntegerSteps(TrainedLinear layer)
{
    /// <summary>The layer.</summary>
    public TrainedLinear Layer { get; } = layer;

    /// <summary>Makes a step, and sets dB to zero.</summary>
    public abstract void Step(double learningRate, Workers workers);

    /// <summary>Rounds the latents to the layer's integers.</summary>
    protected void RoundAll()
    {
        float[] latents = Layer.Latents!.Values;
        for (int i = 0; i < latents.Length; i++)
        {
            Layer.Integers[i] = (sbyte)MathF.Round(latents[i]);
        }
    }
}
