namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>
/// The row order of query and key projections in llama files: the two features that the rotary embedding turns together stand side by side,
/// where Hugging Face has them half a head apart.
/// </summary>
/// <param name="HeadSize">Rows of a head; even.</param>
internal readonly record struct InterleavedRows(int HeadSize)
{
    /// <summary>Puts the rows of whole heads into the order of Hugging Face: row <c>2j + c</c> of a head becomes row <c>c * HeadSize / 2 + j</c>.</summary>
    /// <param name="rows">Whole heads, row-major.</param>
    /// <param name="columns">Elements of a row.</param>
    public void Restore<T>(Span<T> rows, int columns)
    {
        int head = HeadSize * columns, half = HeadSize / 2;
        var stored = new T[head];
        for (; !rows.IsEmpty; rows = rows[head..])
        {
            rows[..head].CopyTo(stored);
            for (int row = 0; row < HeadSize; row++)
            {
                int target = (row % 2 * half) + (row / 2);
                stored.AsSpan(row * columns, columns).CopyTo(rows.Slice(target * columns, columns));
            }
        }
    }

    /// <summary>The stored row that is row <paramref name="row"/> of Hugging Face.</summary>
    public int StoredRow(int row)
    {
        int inHead = row % HeadSize, half = HeadSize / 2;
        return row - inHead + (inHead % half * 2) + (inHead / half);
    }
}
