using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>The 256 visible characters that byte-level vocabularies write bytes as (GPT-2's <c>bytes_to_unicode</c>): Ġ is a space, Ċ a line feed.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = BuildCharacters();
    private static readonly FrozenDictionary<char, byte> Bytes = Enumerable.Range(0, 256).ToFrozenDictionary(b => Characters[b], b => (byte)b);

    /// <summary>The character of <paramref name="value"/>.</summary>
    public static char Character(byte value) => Characters[value];

    /// <summary>The byte that <paramref name="character"/> stands for; false if it stands for none.</summary>
    public static bool TryGetByte(char character, out byte value) => Bytes.TryGetValue(character, out value);

    /// <summary>The bytes that <paramref name="token"/> stands for, or null if one of its characters is not of the alphabet.</summary>
    public static byte[]? TryDecode(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!TryGetByte(token[i], out bytes[i]))
            {
                return null;
            }
        }
        return bytes;
    }

    /// <summary>Appends the characters of <paramref name="bytes"/>, in UTF-8.</summary>
    public static void AppendCharacters(ReadOnlySpan<byte> bytes, ArrayBufferWriter<byte> output)
    {
        foreach (byte value in bytes)
        {
            output.Advance(new Rune(Characters[value]).EncodeToUtf8(output.GetSpan(4)));
        }
    }

    private static char[] BuildCharacters()
    {
        // Printable characters of Latin-1 stand for themselves, the others for U+0100 and up in order.
        var characters = new char[256];
        char next = '\u0100';
        for (int b = 0; b < 256; b++)
        {
            characters[b] = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)b : next++;
        }
        return characters;
    }
}
