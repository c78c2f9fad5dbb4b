namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>A tensor of a GGUF model under the name that Hugging Face gives it.</summary>
/// <param name="Name">The name of Hugging Face.</param>
/// <param name="File">The file that holds it.</param>
/// <param name="Tensor">What it is there.</param>
/// <param name="Rows">The order of its rows, if it is not that of Hugging Face.</param>
internal sealed record GgufSourceTensor(string Name, GgufFile File, GgufTensor Tensor, InterleavedRows? Rows)
{
    private const int PieceLength = 1 << 18;

    /// <summary>Values that must be read together to be put in order: a block, or a whole head.</summary>
    public long Unit => (Rows, Tensor.Shape.Count) switch
    {
        (null, _) => Tensor.Type.BlockLength,
        (_, 1) => Tensor.Count,
        (InterleavedRows rows, _) => rows.HeadSize * Tensor.RowLength,
    };

    /// <summary>Elements of a row; 1 for a vector, whose elements are the rows.</summary>
    public int Columns => Tensor.Shape.Count == 1 ? 1 : (int)Tensor.RowLength;

    /// <summary>An array for what the tensor holds.</summary>
    /// <exception cref="DecoupleQException">It would be too long.</exception>
    public T[] Allocate<T>(long length) => length <= Array.MaxLength
        ? GC.AllocateUninitializedArray<T>((int)length)
        : throw new DecoupleQException(
            $"The tensor has {Tensor.Count} elements, which take an array of {length}.", File.Path, Name, $"at most {Array.MaxLength}");

    /// <summary>Reads the tensor, whole units at a time.</summary>
    /// <param name="cancellationToken">Ends it between two pieces.</param>
    /// <param name="body">Takes a piece.</param>
    public void ForEachPiece(CancellationToken cancellationToken, PieceBody body)
    {
        long step = Math.Min(Tensor.Count, Math.Max(PieceLength / Unit, 1) * Unit);
        var stored = new byte[Bytes(step)];
        for (long first = 0; first < Tensor.Count; first += step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)Math.Min(step, Tensor.Count - first);
            Span<byte> piece = stored.AsSpan(0, (int)Bytes(count));
            File.ReadBytes(Tensor, Bytes(first), piece);
            body(piece, (int)first, count);
        }

        long Bytes(long values) => values / Tensor.Type.BlockLength * Tensor.Type.BlockBytes;
    }

    /// <summary>Takes a piece of a tensor.</summary>
    /// <param name="stored">Its bytes.</param>
    /// <param name="first">Number of its first value.</param>
    /// <param name="count">How many values it has.</param>
    public delegate void PieceBody(Span<byte> stored, int first, int count);
}
