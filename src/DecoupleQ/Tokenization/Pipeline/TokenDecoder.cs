using System.Text;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Patterns;
using DecoupleQ.Tokenization.Streaming;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>A step from tokens to the text they stand for.</summary>
internal abstract class TokenDecoder
{
    /// <summary>Where the step stands in the tokenizer's file, for errors; null where it stands in none.</summary>
    public string? Field { get; init; }

    /// <summary>What the tokens become; their concatenation after the last step is the text.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="work">What the step may take.</param>
    public abstract List<string> Apply(List<string> tokens, EncodingWork work);
}

/// <summary>Joins the tokens; <paramref name="separator"/> comes between them.</summary>
internal sealed class JoinDecoder(string separator) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens, EncodingWork work) => [string.Join(separator, tokens)];
}

/// <summary>Reads tokens in the byte alphabet; a token with any other character stands for itself. Bytes that are not UTF-8 become U+FFFD.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override List<string> Apply(List<string> tokens, EncodingWork work)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            bytes.AddRange(BytesOf(token));
        }
        return [Encoding.UTF8.GetString([.. bytes])];
    }

    /// <summary>The bytes that a token stands for.</summary>
    public static byte[] BytesOf(string token) => ByteAlphabet.TryDecode(token) ?? Utf8.Bytes(token);
}

/// <summary>Reads byte tokens (<c>&lt;0xE2&gt;</c>): a run of them becomes its text; bytes that are not UTF-8 become U+FFFD each.</summary>
/// <remarks>
/// The library makes every byte of a run U+FFFD if one is wrong, or still missing. Text that was shown while a model writes would be taken back, so that is
/// not followed.
/// </remarks>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    public override List<string> Apply(List<string> tokens, EncodingWork work)
    {
        var output = new List<string>(tokens.Count);
        var run = new List<byte>();
        foreach (string token in tokens)
        {
            if (ByteToken.TryParse(token, out byte value))
            {
                run.Add(value);
                continue;
            }
            Flush(run, output);
            output.Add(token);
        }
        Flush(run, output);
        return output;
    }

    private static void Flush(List<byte> run, List<string> output)
    {
        if (run.Count > 0)
        {
            var text = new StringBuilder();
            Utf8.AppendText(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(run), text);
            output.Add(text.ToString());
            run.Clear();
        }
    }
}

/// <summary>Puts a text in the place of each match of a pattern in each token.</summary>
internal sealed class ReplaceDecoder(PatternProgram pattern, string content) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens, EncodingWork work) => tokens.ConvertAll(token => Replace(token, work));

    private string Replace(string token, EncodingWork work)
    {
        if (token.Length == 0)
        {
            return token;
        }
        byte[] text = Utf8.Bytes(token);
        var matcher = new PatternMatcher(pattern, text, work);
        StringBuilder? output = null;
        int done = 0;
        while (matcher.Next(out int start, out int end))
        {
            work.Grow(content.Length - (end - start));
            output ??= new StringBuilder();
            output.Append(Encoding.UTF8.GetString(text.AsSpan(done, start - done))).Append(content);
            done = end;
        }
        matcher.Finish();
        return output is null ? token : output.Append(Encoding.UTF8.GetString(text.AsSpan(done))).ToString();
    }
}

/// <summary>Strips up to <paramref name="start"/> characters from the front of each token and up to <paramref name="stop"/> from its end.</summary>
internal sealed class StripDecoder(Rune content, int start, int stop) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens, EncodingWork work) => tokens.ConvertAll(Strip);

    private string Strip(string token)
    {
        ReadOnlySpan<char> rest = token;
        for (int i = 0; i < start && Rune.DecodeFromUtf16(rest, out Rune first, out int length) == System.Buffers.OperationStatus.Done && first == content; i++)
        {
            rest = rest[length..];
        }
        for (
            int i = 0; i < stop && Rune.DecodeLastFromUtf16(rest, out Rune last, out int length) == System.Buffers.OperationStatus.Done && last == content; i++)
        {
            rest = rest[..^length];
        }
        return rest.Length == token.Length ? token : rest.ToString();
    }
}

/// <summary>Makes spaces of the replacement character; those of the first token are dropped where encoding put one before the text.</summary>
internal sealed class MetaspaceDecoder(string replacement, bool prefixed) : TokenDecoder
{
    public override List<string> Apply(List<string> tokens, EncodingWork work)
    {
        List<string> output = tokens.ConvertAll(token => token.Replace(replacement, " ", StringComparison.Ordinal));
        if (prefixed && tokens.Count > 0)
        {
            output[0] = tokens[0].Replace(replacement, "", StringComparison.Ordinal);
        }
        return output;
    }
}
