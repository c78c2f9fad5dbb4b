using System.Buffers;
using DecoupleQ.Tokenization.Patterns;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Rewrites text before it is split. Text is UTF-8.</summary>
internal abstract class Normalizer
{
    /// <summary>Appends what <paramref name="text"/> becomes to <paramref name="output"/>.</summary>
    /// <returns>False if it stays as it is; nothing is appended then.</returns>
    public abstract bool Apply(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output);
}

/// <summary>Normalization form C.</summary>
internal sealed class NfcNormalizer : Normalizer
{
    public override bool Apply(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output)
    {
        if (!CanonicalNormalization.MayChangeInFormC(text))
        {
            return false;
        }
        CanonicalNormalization.AppendFormC(text, output);
        return true;
    }
}

/// <summary>Normalization form D.</summary>
internal sealed class NfdNormalizer : Normalizer
{
    public override bool Apply(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output)
    {
        if (!CanonicalNormalization.MayChangeInFormD(text))
        {
            return false;
        }
        CanonicalNormalization.AppendFormD(text, output);
        return true;
    }
}

/// <summary>Puts a prefix before text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    private readonly byte[] _prefix = Utf8.Bytes(prefix);

    public override bool Apply(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output)
    {
        if (text.IsEmpty)
        {
            return false;
        }
        output.Write(_prefix);
        output.Write(text);
        return true;
    }
}

/// <summary>Puts a text in the place of each match of a pattern.</summary>
internal sealed class ReplaceNormalizer(PatternProgram pattern, string content) : Normalizer
{
    private readonly byte[] _content = Utf8.Bytes(content);

    public override bool Apply(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output)
    {
        if (text.IsEmpty)
        {
            return false;
        }
        var matcher = new PatternMatcher(pattern, text);
        int done = 0;
        bool changed = false;
        while (matcher.Next(out int start, out int end))
        {
            output.Write(text[done..start]);
            output.Write(_content);
            done = end;
            changed = true;
        }
        if (changed)
        {
            output.Write(text[done..]);
        }
        return changed;
    }
}
