using System.Numerics.Tensors;
using DecoupleQ.Tensors;

namespace DecoupleQ.Models;

/// <summary>The rows of the embedding as they enter the first block.</summary>
/// <param name="table">One row an id.</param>
/// <param name="scale">Factor on every number (<see cref="ModelPlan.EmbeddingScale"/>).</param>
internal sealed class TokenEmbedding(WeightMatrix table, float scale)
{
    /// <summary>Fills <paramref name="rows"/>, ids x width.</summary>
    public void Read(ReadOnlySpan<int> ids, Span<float> rows)
    {
        int width = table.Columns;
        for (int t = 0; t < ids.Length; t++)
        {
            table.DequantizeRows(ids[t], 1, rows.Slice(t * width, width));
        }
        if (scale != 1)
        {
            TensorPrimitives.Multiply(rows[..(ids.Length * width)], scale, rows);
        }
    }
}
