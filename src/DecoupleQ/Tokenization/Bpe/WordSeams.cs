using System.Text;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>
/// Where a text in the manner of SentencePiece, which nothing else splits, may be split all the same: before a ▁ (which stands for a space) that follows a
/// character with which no merge joins it.
/// </summary>
/// <remarks>If no merge makes a token with such a place inside, no merge crosses one, and the parts give the ids of the whole.
/// They are short and come again, so a cache of words holds for them too.</remarks>
internal sealed class WordSeams
{
    /// <summary>What is written for a space (U+2581).</summary>
    public const char Space = '\u2581';

    private static readonly byte[] SpaceBytes = Encoding.UTF8.GetBytes([Space]);

    // Characters that some token has before a ▁; ▁ itself always, so that spaces in a row stay together.
    private readonly CodePointLookup _joined;

    private WordSeams(CodePointLookup joined) => _joined = joined;

    /// <summary>The seams of a vocabulary.</summary>
    /// <param name="merged">The tokens that merges make; ▁ is a symbol of its own, and no character vanishes and brings two others together.</param>
    public static WordSeams Of(IEnumerable<string> merged)
    {
        var joined = new HashSet<int> { Space };
        foreach (string token in merged)
        {
            for (int at = token.LastIndexOf(Space); at > 0; at = token.LastIndexOf(Space, at - 1))
            {
                Rune.DecodeLastFromUtf16(token.AsSpan(0, at), out Rune before, out _);
                joined.Add(before.Value);
            }
        }
        return new WordSeams(CodePointSet.Of(joined.Select(c => (c, c))).ToLookup());
    }

    /// <summary>The first seam after the start of <paramref name="text"/>; null if there is none.</summary>
    public int? First(ReadOnlySpan<byte> text)
    {
        // A seam has a character before it.
        int from = text.IsEmpty ? 0 : Utf8.Length(text[0]);
        while (text[from..].IndexOf(SpaceBytes) is var found and >= 0)
        {
            int at = from + found;
            if (!_joined.Contains(Utf8.Decode(text, Utf8.Previous(text, at), out _)))
            {
                return at;
            }
            from = at + SpaceBytes.Length;
        }
        return null;
    }
}
