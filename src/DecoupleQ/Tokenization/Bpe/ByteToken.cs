using System.Globalization;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>Tokens that stand for a byte of a character that the vocabulary lacks, written <c>&lt;0x0A&gt;</c>.</summary>
internal static class ByteToken
{
    /// <summary>The token of <paramref name="value"/>.</summary>
    public static string Text(byte value) => $"<0x{value:X2}>";

    /// <summary>The byte that <paramref name="token"/> stands for.</summary>
    public static bool TryParse(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The ids of the 256 byte tokens in a vocabulary, -1 for one that it lacks.</summary>
    public static int[] Ids(IReadOnlyDictionary<string, int> vocabulary) =>
        [.. Enumerable.Range(0, 256).Select(value => vocabulary.TryGetValue(Text((byte)value), out int id) ? id : -1)];
}
