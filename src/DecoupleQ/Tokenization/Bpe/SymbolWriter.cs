using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>Writes symbols as ids.</summary>
/// <param name="source">Says what is no id.</param>
/// <param name="output">Takes the ids.</param>
internal readonly struct SymbolWriter(SymbolSource source, IdBuffer output)
{
    private readonly int _idCount = source.IdCount;

    public void Add(int symbol)
    {
        if (symbol < _idCount)
        {
            output.Add(symbol);
        }
        else
        {
            source.Write(symbol, output);
        }
    }

    public void AddRange(ReadOnlySpan<int> symbols)
    {
        if (_idCount == int.MaxValue)
        {
            output.AddRange(symbols);
            return;
        }
        foreach (int symbol in symbols)
        {
            Add(symbol);
        }
    }
}
