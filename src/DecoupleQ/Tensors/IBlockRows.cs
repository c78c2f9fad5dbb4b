namespace DecoupleQ.Tensors;

/// <summary>Where a matrix's blocks lie, and how they decode. Safe for concurrent reads.</summary>
internal interface IBlockRows
{
    /// <summary>Bytes of a block.</summary>
    int BlockBytes { get; }

    /// <summary>Reads the blocks of rows <paramref name="first"/> .. first + <paramref name="count"/> - 1, row after row.</summary>
    /// <exception cref="DecoupleQException">They cannot be read, or have a scale that is not finite.</exception>
    void Read(int first, int count, Span<byte> blocks);

    /// <summary>Decodes whole blocks.</summary>
    void Decode(ReadOnlySpan<byte> blocks, Span<float> values);
}
