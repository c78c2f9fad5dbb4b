namespace DecoupleQ.Kernels.Linear;

/// <summary>How an instruction set cuts a word of 16 bits into fields, each of which is looked up in a table of its own.</summary>
/// <param name="Count">Fields of a word.</param>
/// <param name="Entries">16-bit entries of all tables of a word.</param>
internal sealed record WordFields(int Count, int Entries)
{
    /// <summary>AVX-512, whose permutations find one of 64 or of 32 entries: the lowest six bits, the next five, the last five.</summary>
    public static WordFields SixFiveFive { get; } = new(3, WordTables.Entries);

    /// <summary>AVX2, whose shuffles find one of 16 bytes: four fields of four bits, whose tables are 16 lower bytes, then 16 upper ones.</summary>
    public static WordFields Nibbles { get; } = new(4, 4 * 16);
}
