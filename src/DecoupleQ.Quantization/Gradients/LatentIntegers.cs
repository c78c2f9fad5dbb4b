using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>
/// Real numbers behind a layer's integers, so that these can be trained: w is the nearest integer to x that the format has, and gradients pass through the
/// rounding as if it were not there (straight through, arXiv 1308.3432).
/// </summary>
/// <remarks>With <c>B_hat = s round(x) + z</c> the gradient of x is <c>s dB</c>.</remarks>
internal sealed class LatentIntegers
{
    /// <summary>
    /// How far x may be from the integer that it stands for at the beginning, and from the outermost ones at any time: below a half, it stands for it.
    /// </summary>
    public const float Reach = 0.45f;

    private LatentIntegers(float[] values, QuantizationFormat format)
    {
        Values = values;
        (Lowest, Highest) = (format.Alpha - Reach, format.Beta + Reach);
    }

    /// <summary>x, m x n; changed in place.</summary>
    public float[] Values { get; }

    /// <summary>The least that x may be: alpha - <see cref="Reach"/>.</summary>
    public float Lowest { get; }

    /// <summary>The most that x may be: beta + <see cref="Reach"/>.</summary>
    public float Highest { get; }

    /// <summary>dB, m x n, that backward passes add to; lent by whoever trains, one layer's for another's, and null in between.</summary>
    public float[]? WeightGradient { get; set; }

    /// <summary>
    /// Latents that stand for a solution's integers and are as near as that allows to where the dense weights lie between them, <c>(B - z) / s</c>: integers
    /// that were close to being others are the first to change.
    /// </summary>
    /// <param name="solution">w, s and z.</param>
    /// <param name="dense">B, m x n.</param>
    /// <param name="inputs">n.</param>
    public static LatentIntegers Of(LayerSolution solution, ReadOnlySpan<float> dense, int inputs)
    {
        int groupSize = solution.Format.ColumnsPerGroup(inputs);
        var values = new float[dense.Length];
        for (int i = 0; i < values.Length; i++)
        {
            float scale = solution.Scales[i / groupSize], w = solution.Integers[i];
            // Where a group is constant, its integers say nothing.
            float x = scale == 0 ? w : (dense[i] - solution.Offsets[i / groupSize]) / scale;
            values[i] = Math.Clamp(x, w - Reach, w + Reach);
        }
        return new LatentIntegers(values, solution.Format);
    }
}
