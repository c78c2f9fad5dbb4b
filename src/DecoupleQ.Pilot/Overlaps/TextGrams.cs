using System.Globalization;
using System.Text;

namespace DecoupleQ.Pilot.Overlaps;

/// <summary>
/// Cuts a text that comes in pieces into words, and tells the hash of each run of thirteen: in a memory that does not depend on the text's length.
/// </summary>
/// <remarks>
/// <para>
/// A word is a run of letters, marks and digits, whatever their case; all else lies between words and does not count. Scripts that are written
/// without blanks (Han, kana, Thai and its neighbours) have about two characters a word: each counts as half a word, so that a run is 26 of them. A run begins
/// at every word and is as short as it can be. Runs with fewer than five different words, such as those of a table of zeros, are left out.
/// </para>
/// <para>Texts are compared as they are stored: composed and decomposed letters, and full and half width, differ.</para>
/// </remarks>
internal sealed class TextGrams
{
    /// <summary>Words of a run, as is customary (Brown et al., 2020).</summary>
    public const int Words = 13;

    /// <summary>What a run weighs, in half words.</summary>
    public const int RunWeight = Words * WordWeight;

    // A character of a script without blanks is half a word.
    private const int CharacterWeight = 1, WordWeight = 2;

    private readonly GramWindow _window;
    private readonly Action<ulong, long>? _line;
    private char _highSurrogate;
    private ulong _word, _lineHash;
    private int _lineWeight;

    /// <param name="gram">Takes the hash of a run.</param>
    /// <param name="line">Takes the hash of all words of each line, and their weight in half words, of a long one at least that of a run.</param>
    public TextGrams(Action<ulong> gram, Action<ulong, long>? line = null)
    {
        _window = new GramWindow(RunWeight, gram);
        _line = line;
    }

    /// <summary>The hash of all words together, and their weight in half words, as far as the text has come.</summary>
    public (ulong Hash, long Weight) Whole { get; private set; }

    /// <summary>Takes the next piece.</summary>
    public void Append(ReadOnlySpan<char> piece)
    {
        if (_highSurrogate != 0 && piece.Length > 0)
        {
            Take(Rune.TryCreate(_highSurrogate, piece[0], out Rune whole) ? whole : Rune.ReplacementChar);
            piece = Rune.TryCreate(_highSurrogate, piece[0], out _) ? piece[1..] : piece;
            _highSurrogate = '\0';
        }
        if (piece.Length > 0 && char.IsHighSurrogate(piece[^1]))
        {
            _highSurrogate = piece[^1];
            piece = piece[..^1];
        }
        foreach (Rune rune in piece.EnumerateRunes())
        {
            Take(rune);
        }
    }

    /// <summary>Ends the text: what comes next is another one.</summary>
    public void End()
    {
        EndLine();
        _window.Clear();
        _highSurrogate = '\0';
        Whole = default;
    }

    /// <summary>Ends the last word, of a text that is looked at as a whole.</summary>
    public void EndWord()
    {
        if (_word != 0)
        {
            TakeWord(_word, WordWeight);
            _word = 0;
        }
    }

    private void Take(Rune rune)
    {
        if (IsWritten(rune))
        {
            ulong letter = GramHash.Mix((ulong)Rune.ToLowerInvariant(rune).Value + 1);
            if (IsWithoutBlanks(rune.Value))
            {
                EndWord();
                TakeWord(letter, CharacterWeight);
            }
            else
            {
                // Never 0, which stands for no word.
                _word = GramHash.Of(_word, letter) | 1;
            }
            return;
        }
        EndWord();
        if (rune.Value is '\n' or '\r')
        {
            EndLine();
        }
    }

    private void TakeWord(ulong word, int weight)
    {
        _window.Add(word, weight);
        Whole = (GramHash.Of(Whole.Hash, word), Whole.Weight + weight);
        _lineHash = GramHash.Of(_lineHash, word);
        _lineWeight = Math.Min(RunWeight, _lineWeight + weight);
    }

    private void EndLine()
    {
        EndWord();
        if (_lineWeight > 0)
        {
            _line?.Invoke(_lineHash, _lineWeight);
        }
        (_lineHash, _lineWeight) = (0, 0);
    }

    private static bool IsWritten(Rune rune) => Rune.GetUnicodeCategory(rune) is <= UnicodeCategory.OtherNumber;

    // Kana, Han and their marks; Thai, Lao, Tibetan, Myanmar, Khmer. Korean has blanks.
    private static bool IsWithoutBlanks(int codePoint) => codePoint is (>= 0x0E00 and <= 0x109F) or (>= 0x1780 and <= 0x17FF)
        or (>= 0x2E80 and <= 0x30FF) or (>= 0x31F0 and <= 0x31FF) or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFF66 and <= 0xFF9F)
        or (>= 0x20000 and <= 0x3FFFF);
}
