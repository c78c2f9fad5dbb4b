using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>The nearest integer of each weight by itself: <c>w = clamp(floor((b - z) / s + 1/2), alpha, beta)</c>, halves rounded up.</summary>
internal static class RoundToNearest
{
    /// <summary>w for given s and z. Where s = 0 every integer stands for z, and w = 0.</summary>
    /// <param name="rows">B.</param>
    /// <param name="scales">s, rows x G.</param>
    /// <param name="offsets">z, rows x G.</param>
    /// <param name="integers">w, rows x n; overwritten.</param>
    public static void Round(LayerRows rows, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<sbyte> integers)
    {
        var levels = new Levels(rows.Format);
        int groupSize = rows.GroupSize;
        using Scratch<float> codes = Scratch<float>.Rent(groupSize);
        for (int g = 0; g < rows.Count * rows.Groups; g++)
        {
            levels.Nearest(rows.Weights.Slice(g * groupSize, groupSize), scales[g], offsets[g], codes.Span);
            Span<sbyte> group = integers.Slice(g * groupSize, groupSize);
            for (int j = 0; j < groupSize; j++)
            {
                group[j] = (sbyte)codes.Span[j];
            }
        }
    }
}
