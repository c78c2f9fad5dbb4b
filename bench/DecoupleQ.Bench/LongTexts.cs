using System.Text;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Bench;

/// <summary>Texts that are hard on some tokenizer: one character again and again, tokens back to back, texts that are nearly tokens.</summary>
internal static class LongTexts
{
    /// <summary>The texts, each of about so many bytes of UTF-8.</summary>
    /// <param name="tokenizer">The tokenizer, whose own tokens are in some of them.</param>
    /// <param name="bytes">About how many bytes.</param>
    /// <param name="prose">A text to repeat.</param>
    public static IEnumerable<(string Name, Func<string> Text)> Of(Tokenizer tokenizer, int bytes, string prose)
    {
        yield return ("prose", () => Repeat(prose));
        yield return ("one letter", () => Repeat("a"));
        yield return ("two letters in turn", () => Repeat("ab"));
        yield return ("random letters", () => Random(random => (char)('a' + random.Next(26))));
        yield return ("random letters, capitals among them", () => Random(random => (char)((random.Next(2) == 0 ? 'a' : 'A') + random.Next(26))));
        yield return ("digits", () => Random(random => (char)('0' + random.Next(10))));
        yield return ("NUL", () => Repeat("\0"));
        yield return ("spaces", () => Repeat(" "));
        yield return ("spaces, a letter", () => Repeat(new string(' ', 500) + "a"));
        yield return ("newlines", () => Repeat("\n"));
        yield return ("newlines and spaces", () => Repeat("\r\n  \n \t"));
        yield return ("points", () => Repeat("."));
        yield return ("apostrophes", () => Repeat("'s'll'"));
        yield return ("random ASCII", () => Random(random => (char)random.Next(128)));
        yield return ("random bytes", () => Random(random => (char)random.Next(256)));
        yield return ("random code points", () => Random(random => random.Next(0xD800)));
        yield return ("Chinese", () => Random(random => 0x4E00 + random.Next(20_000)));
        yield return ("Korean", () => Random(random => 0xAC00 + random.Next(11_000)));
        yield return ("Korean, taken apart", () => Repeat("\u1112\u1161\u11AB"));
        yield return ("emoji joined", () => Repeat("\U0001F469\u200D"));
        yield return ("marks", () => Repeat("\u0301\u0316\u0338"));
        yield return ("a letter and marks", () => Repeat("e" + new string('\u0301', 1000) + new string('\u0316', 1000)));
        yield return ("spaces as they are written", () => Repeat("\u2581"));
        yield return ("halves of pairs", () => Repeat("\uD83D"));
        string[] tokens = [.. Enumerable.Range(0, tokenizer.VocabularySize)
            .Select(tokenizer.TokenOf).OfType<string>().Where(token => token.Length > 4 && token[0] is '<' or '[').Take(1000)];
        if (tokens.Length > 0)
        {
            yield return ("tokens back to back", () => Repeat(string.Concat(tokens)));
            yield return ("one token", () => Repeat(tokens[^1]));
            yield return ("nearly tokens", () => Repeat(string.Concat(tokens.Select(token => token[..^1]))));
        }

        string Repeat(string part)
        {
            int count = Math.Max(1, bytes / Encoding.UTF8.GetByteCount(part));
            var text = new StringBuilder(count * part.Length);
            text.Insert(0, part, count);
            return text.ToString();
        }

        string Random(Func<Random, int> next)
        {
            var random = new Random(1);
            var text = new StringBuilder();
            for (int length = 0; length < bytes;)
            {
                int c = next(random);
                length += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
                text.Append((char)c);
            }
            return text.ToString();
        }
    }
}
