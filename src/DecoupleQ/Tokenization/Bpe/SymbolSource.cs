using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>The symbols that a word is made of before any merge.</summary>
internal abstract class SymbolSource
{
    /// <summary>Symbols below this number are ids; those from it on are written as several (<see cref="Write"/>).</summary>
    public virtual int IdCount => int.MaxValue;

    /// <summary>Writes the symbols of a part of a word (UTF-8, or bytes).</summary>
    /// <param name="part">The part.</param>
    /// <param name="last">Whether the word ends with it.</param>
    /// <param name="waiting">Whether a symbol waits to be written, as what follows decides where it goes; false where the word begins.</param>
    /// <param name="symbols">Receives them; one longer than the part has bytes.</param>
    /// <returns>How many there are.</returns>
    public abstract int Symbols(ReadOnlySpan<byte> part, bool last, ref bool waiting, Span<int> symbols);

    /// <summary>How <paramref name="word"/> would be written as one token of the vocabulary.</summary>
    public abstract string Spelling(ReadOnlySpan<byte> word);

    /// <summary>Writes the ids of a symbol that is none.</summary>
    public virtual void Write(int symbol, IdBuffer output) => throw new InvalidOperationException("Every symbol is an id.");
}

/// <summary>One symbol for each byte: byte-level vocabularies.</summary>
/// <param name="ids">The id of each of the 256 bytes; -1 for one that the vocabulary lacks, which is left out: bytes that no UTF-8 text holds, mostly.</param>
internal sealed class ByteSymbols(int[] ids) : SymbolSource
{
    public override int Symbols(ReadOnlySpan<byte> part, bool last, ref bool waiting, Span<int> symbols)
    {
        int count = 0;
        foreach (byte value in part)
        {
            int id = ids[value];
            if (id >= 0)
            {
                symbols[count++] = id;
            }
        }
        return count;
    }

    public override string Spelling(ReadOnlySpan<byte> word)
    {
        var characters = new char[word.Length];
        for (int i = 0; i < characters.Length; i++)
        {
            characters[i] = ByteAlphabet.Character(word[i]);
        }
        return new string(characters);
    }
}
