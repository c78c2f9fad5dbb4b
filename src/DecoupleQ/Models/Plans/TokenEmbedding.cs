using System.Numerics.Tensors;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Tensors;

namespace DecoupleQ.Models.Plans;

/// <summary>The rows of the embedding as they enter the first block.</summary>
internal sealed class TokenEmbedding
{
    private readonly WeightMatrix? _table;
    private readonly SlabKernel? _head;
    private readonly int _width;
    private readonly float _scale;

    /// <param name="table">One row an id.</param>
    /// <param name="scale">Factor on every number (<see cref="ModelPlan.EmbeddingScale"/>).</param>
    public TokenEmbedding(WeightMatrix table, float scale)
    {
        _table = table;
        _width = table.Columns;
        _scale = scale;
    }

    /// <param name="head">The head that the embedding is tied to, and which alone holds it.</param>
    /// <param name="scale">Factor on every number of the embedding.</param>
    public TokenEmbedding(SlabKernel head, float scale)
    {
        _head = head;
        _width = head.Inputs;
        _scale = scale;
    }

    /// <summary>Fills <paramref name="rows"/>, ids x width.</summary>
    public void Read(ReadOnlySpan<int> ids, Span<float> rows)
    {
        for (int t = 0; t < ids.Length; t++)
        {
            Span<float> row = rows.Slice(t * _width, _width);
            if (_head is not null)
            {
                _head.DequantizeRow(ids[t], row);
            }
            else
            {
                _table!.DequantizeRows(ids[t], 1, row);
            }
        }
        if (_scale != 1)
        {
            TensorPrimitives.Multiply(rows[..(ids.Length * _width)], _scale, rows);
        }
    }
}
