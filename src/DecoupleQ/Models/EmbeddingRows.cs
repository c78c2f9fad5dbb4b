using DecoupleQ.Kernels.Linear;
using DecoupleQ.Tensors;

namespace DecoupleQ.Models;

/// <summary>The token embedding: of a matrix of its own, or of the head that it is tied to, which then is in memory once.</summary>
internal sealed class EmbeddingRows
{
    private readonly WeightMatrix? _matrix;
    private readonly SlabKernel? _head;

    public EmbeddingRows(WeightMatrix matrix) => _matrix = matrix;

    public EmbeddingRows(SlabKernel head) => _head = head;

    /// <summary>The embedding of <paramref name="id"/>.</summary>
    public void Read(int id, Span<float> row)
    {
        if (_head is not null)
        {
            _head.DequantizeRow(id, row);
        }
        else
        {
            _matrix!.DequantizeRows(id, 1, row);
        }
    }
}
