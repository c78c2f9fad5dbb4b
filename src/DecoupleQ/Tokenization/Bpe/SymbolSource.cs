namespace DecoupleQ.Tokenization.Bpe;

/// <summary>The symbols that a word is made of before any merge.</summary>
internal abstract class SymbolSource
{
    /// <summary>Writes the symbols of <paramref name="word"/> (UTF-8, or bytes).</summary>
    /// <param name="word">The word.</param>
    /// <param name="symbols">Receives them; as long as the word has bytes.</param>
    /// <returns>How many there are.</returns>
    public abstract int Symbols(ReadOnlySpan<byte> word, Span<int> symbols);

    /// <summary>How <paramref name="word"/> would be written as one token of the vocabulary.</summary>
    public abstract string Spelling(ReadOnlySpan<byte> word);
}

/// <summary>One symbol for each byte: byte-level vocabularies.</summary>
/// <param name="ids">The id of each of the 256 bytes; -1 for one that the vocabulary lacks, which is left out: bytes that no UTF-8 text holds, mostly.</param>
internal sealed class ByteSymbols(int[] ids) : SymbolSource
{
    public override int Symbols(ReadOnlySpan<byte> word, Span<int> symbols)
    {
        int count = 0;
        foreach (byte value in word)
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
