using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Gradients;

namespace DecoupleQ.Quantization.Training;

/// <summary>Steps of one length against the sign of the gradient (SignRound, arXiv 2309.05516), no further than half an integer from the start.</summary>
internal sealed class LatentSigns : IntegerSteps
{
    private const float Furthest = 0.5f;

    private readonly float[] _start;

    /// <param name="layer">A layer with latents.</param>
    public LatentSigns(TrainedLinear layer)
        : base(layer)
    {
        _start = [.. layer.Latents!.Values];
    }

    public override void Step(double learningRate, Workers workers)
    {
        LatentIntegers latents = Layer.Latents!;
        int groupSize = Layer.GroupSize, perRow = Layer.Inputs / groupSize;
        workers.For(Layer.Outputs, row =>
        {
            for (int g = row * perRow; g < (row + 1) * perRow; g++)
            {
                // The sign of s dB; a constant group does not move.
                float length = (float)learningRate * MathF.Sign(Layer.Scales.Values[g]);
                for (int i = g * groupSize; i < (g + 1) * groupSize; i++)
                {
                    float x = latents.Values[i] - (length * MathF.Sign(latents.WeightGradient![i]));
                    x = Math.Clamp(Math.Clamp(x, _start[i] - Furthest, _start[i] + Furthest), latents.Lowest, latents.Highest);
                    (latents.Values[i], latents.WeightGradient[i], Layer.Integers[i]) = (x, 0, (sbyte)MathF.Round(x));
                }
            }
        });
    }
}
