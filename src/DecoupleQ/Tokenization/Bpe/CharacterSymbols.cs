using System.Text;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>What a character that the vocabulary lacks becomes.</summary>
/// <param name="ByteIds">The ids of the 256 byte tokens (<c>&lt;0x0A&gt;</c>), -1 for one that is missing; null for no fallback to bytes.</param>
/// <param name="UnknownId">The id of the unknown token; null if such a character is left out.</param>
/// <param name="FuseUnknown">Whether unknown characters in a row become one unknown token.</param>
internal sealed record MissingCharacters(int[]? ByteIds, int? UnknownId, bool FuseUnknown);

/// <summary>One symbol for each code point, or what stands for it where the vocabulary lacks it: vocabularies in the manner of SentencePiece.</summary>
/// <remarks>Follows the tokenizers library in a detail: unknown characters that wait to be fused are written after bytes that follow them.</remarks>
internal sealed class CharacterSymbols : SymbolSource
{
    private const int DirectCount = 0x3000;

    private readonly int[] _direct = new int[DirectCount];
    private readonly Dictionary<int, int> _others = [];
    private readonly MissingCharacters _missing;

    /// <param name="characters">The ids of the vocabulary's single code points.</param>
    /// <param name="missing">What others become.</param>
    public CharacterSymbols(IEnumerable<(int CodePoint, int Id)> characters, MissingCharacters missing)
    {
        _missing = missing;
        Array.Fill(_direct, -1);
        foreach ((int codePoint, int id) in characters)
        {
            if (codePoint < DirectCount)
            {
                _direct[codePoint] = id;
            }
            else
            {
                _others[codePoint] = id;
            }
        }
    }

    /// <summary>Whether each character becomes at least one symbol, or shares one with its neighbours; otherwise some vanish.</summary>
    public bool KeepsEveryCharacter => _missing.UnknownId is not null || _missing.ByteIds is { } ids && ids.All(id => id >= 0);

    public bool Has(int codePoint) => IdOf(codePoint) >= 0;

    public override int Symbols(ReadOnlySpan<byte> part, bool last, ref bool waiting, Span<int> symbols)
    {
        int count = 0;
        bool unknown = waiting;
        for (int position = 0; position < part.Length;)
        {
            int id = IdOf(Utf8.Decode(part, position, out int length));
            if (id >= 0)
            {
                if (unknown)
                {
                    symbols[count++] = _missing.UnknownId!.Value;
                    unknown = false;
                }
                symbols[count++] = id;
            }
            else if (TryBytes(part.Slice(position, length), symbols[count..]))
            {
                count += length;
            }
            else if (_missing.UnknownId is int unknownId)
            {
                if (unknown && !_missing.FuseUnknown)
                {
                    symbols[count++] = unknownId;
                }
                unknown = true;
            }
            position += length;
        }
        if (unknown && last)
        {
            symbols[count++] = _missing.UnknownId!.Value;
            unknown = false;
        }
        waiting = unknown;
        return count;
    }

    public override string Spelling(ReadOnlySpan<byte> word) => Encoding.UTF8.GetString(word);

    private int IdOf(int codePoint) => codePoint < DirectCount ? _direct[codePoint] : _others.GetValueOrDefault(codePoint, -1);

    private bool TryBytes(ReadOnlySpan<byte> character, Span<int> symbols)
    {
        if (_missing.ByteIds is not { } ids)
        {
            return false;
        }
        for (int i = 0; i < character.Length; i++)
        {
            symbols[i] = ids[character[i]];
            if (symbols[i] < 0)
            {
                return false;
            }
        }
        return true;
    }
}
