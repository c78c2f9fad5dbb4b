using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace DecoupleQ.Tokenization.Unicode;

/// <summary>Steps through text that is known to be UTF-8: the tokenizers encode a string once and work on its bytes.</summary>
internal static class Utf8
{
    /// <summary>The UTF-8 bytes of <paramref name="text"/>; a surrogate without its pair becomes U+FFFD.</summary>
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The code point that begins at <paramref name="position"/> and its length in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Decode(ReadOnlySpan<byte> text, int position, out int length)
    {
        int first = text[position];
        if (first < 0x80)
        {
            length = 1;
            return first;
        }
        return DecodeLong(text, position, first, out length);
    }

    /// <summary>The length in bytes of the code point whose first byte is <paramref name="first"/>.</summary>
    public static int Length(byte first) => first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    /// <summary>Where the code point that ends before <paramref name="position"/> begins.</summary>
    public static int Previous(ReadOnlySpan<byte> text, int position)
    {
        do
        {
            position--;
        }
        while ((text[position] & 0xC0) == 0x80);
        return position;
    }

    /// <summary>The last place between two characters that is not beyond <paramref name="most"/>; the text's end if it is not either.</summary>
    /// <param name="text">The text; where nothing in its first <paramref name="most"/> bytes begins a character, it is cut there.</param>
    /// <param name="most">At least 1.</param>
    public static int CutBefore(ReadOnlySpan<byte> text, int most)
    {
        if (text.Length <= most)
        {
            return text.Length;
        }
        int end = most;
        while (end > 0 && (text[end] & 0xC0) == 0x80)
        {
            end--;
        }
        return end > 0 ? end : most;
    }

    /// <summary>
    /// Appends the text of <paramref name="bytes"/>, which may be anything: each byte that is not part of a valid sequence becomes a U+FFFD of its own.
    /// </summary>
    public static void AppendText(ReadOnlySpan<byte> bytes, StringBuilder text)
    {
        Span<char> characters = stackalloc char[2];
        while (!bytes.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == OperationStatus.Done;
            text.Append(characters[..rune.EncodeToUtf16(characters)]);
            bytes = bytes[(valid ? length : 1)..];
        }
    }

    private static int DecodeLong(ReadOnlySpan<byte> text, int position, int first, out int length)
    {
        if (first < 0xE0)
        {
            length = 2;
            return (first & 0x1F) << 6 | text[position + 1] & 0x3F;
        }
        if (first < 0xF0)
        {
            length = 3;
            return (first & 0x0F) << 12 | (text[position + 1] & 0x3F) << 6 | text[position + 2] & 0x3F;
        }
        length = 4;
        return (first & 0x07) << 18 | (text[position + 1] & 0x3F) << 12 | (text[position + 2] & 0x3F) << 6 | text[position + 3] & 0x3F;
    }
}
