using System.Buffers;
using DecoupleQ.Tokenization.Patterns;
using DecoupleQ.Tokenization.Streaming;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Rewrites text before it is split. Text is UTF-8.</summary>
internal abstract class Normalizer
{
    /// <summary>Where the step stands in the tokenizer's file, for errors; null where it stands in none.</summary>
    public string? Field { get; init; }

    /// <summary>The step, for one text at a time.</summary>
    /// <param name="next">Takes what the text becomes.</param>
    /// <param name="work">What the text may take.</param>
    public abstract TextStage Stage(TextSink next, EncodingWork work);
}

/// <summary>Normalization form C.</summary>
internal sealed class NfcNormalizer : Normalizer
{
    public override TextStage Stage(TextSink next, EncodingWork work) => new NormalizationStage(CanonicalForm.C, next, work);
}

/// <summary>Normalization form D.</summary>
internal sealed class NfdNormalizer : Normalizer
{
    public override TextStage Stage(TextSink next, EncodingWork work) => new NormalizationStage(CanonicalForm.D, next, work);
}

/// <summary>Puts a prefix before text that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : Normalizer
{
    public override TextStage Stage(TextSink next, EncodingWork work) => new PrefixStage(Utf8.Bytes(prefix), next, work);
}

/// <summary>Puts a text in the place of each match of a pattern.</summary>
internal sealed class ReplaceNormalizer(PatternProgram pattern, string content) : Normalizer
{
    /// <summary>What is looked for.</summary>
    public PatternProgram Pattern => pattern;

    /// <summary>What is put in its place.</summary>
    public string Content => content;

    public override TextStage Stage(TextSink next, EncodingWork work) => new ReplaceStage(pattern, Utf8.Bytes(content), next, work);
}

/// <summary>A step that makes other text of the text of each stretch.</summary>
internal abstract class RewriteStage(TextSink next, EncodingWork work) : TextStage(work)
{
    protected TextSink Next => next;

    protected override void OnBegin(bool first) => next.Begin(first);

    protected override void OnEnd() => next.End();

    public override void Token(int id) => next.Token(id);

    protected void Write(ReadOnlySpan<byte> text)
    {
        if (!text.IsEmpty)
        {
            next.Text(text);
        }
    }
}

/// <summary>Brings text to a normalization form, from each place that nothing before it combines with to the next.</summary>
internal sealed class NormalizationStage(CanonicalForm form, TextSink next, EncodingWork work) : RewriteStage(next, work)
{
    // What it takes to look whether a text is to change, and to change it.
    private const int BytesLookedAtPerStep = 4, StepsPerByteChanged = 12;

    private readonly ArrayBufferWriter<byte> _output = new();

    protected override int Process(ReadOnlySpan<byte> text, bool last)
    {
        int end = last ? text.Length : CanonicalNormalization.LastBoundary(text, form);
        if (end == 0)
        {
            return 0;
        }
        ReadOnlySpan<byte> whole = text[..end];
        Work.Spend(end / BytesLookedAtPerStep);
        if (CanonicalNormalization.MayChange(whole, form))
        {
            Work.Spend((long)StepsPerByteChanged * end);
            _output.ResetWrittenCount();
            CanonicalNormalization.Append(whole, form, _output);
            Work.Grow(_output.WrittenCount - end);
            whole = _output.WrittenSpan;
        }
        Write(whole);
        return end;
    }
}

/// <summary>Puts a prefix before text that is not empty.</summary>
/// <param name="prefix">The prefix.</param>
/// <param name="next">Takes the text.</param>
/// <param name="work">What the text may take.</param>
/// <param name="step">Null to put it before every text, else as the step says.</param>
internal sealed class PrefixStage(byte[] prefix, TextSink next, EncodingWork work, PrefixStep? step = null) : RewriteStage(next, work)
{
    private bool _first;
    private bool _atStart;

    protected override void OnBegin(bool first)
    {
        (_first, _atStart) = (first, true);
        base.OnBegin(first);
    }

    protected override int Process(ReadOnlySpan<byte> text, bool last)
    {
        if (_atStart && !text.IsEmpty)
        {
            if (step is not null && !last && text.Length < prefix.Length)
            {
                return 0;
            }
            if (step?.Prefixes(text, _first) ?? true)
            {
                Work.Grow(prefix.Length);
                Write(prefix);
            }
            _atStart = false;
        }
        Write(text);
        return text.Length;
    }
}

/// <summary>Puts a text in the place of each match of a pattern.</summary>
internal sealed class ReplaceStage(PatternProgram pattern, byte[] content, TextSink next, EncodingWork work) : RewriteStage(next, work)
{
    private const int LargestOutput = 1 << 16;

    private readonly ArrayBufferWriter<byte> _output = new();

    protected override int Process(ReadOnlySpan<byte> text, bool last)
    {
        if (text.IsEmpty || !last && pattern.CanBeEmpty)
        {
            return 0;
        }
        var matcher = new PatternMatcher(pattern, text, Work);
        int done = 0;
        while (matcher.Next(out int start, out int end) && (last || start < matcher.CertainEnd))
        {
            Work.Grow(content.Length - (end - start));
            _output.Write(text[done..start]);
            _output.Write(content);
            done = end;
            if (_output.WrittenCount >= LargestOutput)
            {
                Flush();
            }
        }
        matcher.Finish();
        int certain = last ? text.Length : Math.Max(done, matcher.CertainEnd);
        if (_output.WrittenCount == 0)
        {
            Write(text[done..certain]);
            return certain;
        }
        _output.Write(text[done..certain]);
        Flush();
        return certain;
    }

    private void Flush()
    {
        Write(_output.WrittenSpan);
        _output.ResetWrittenCount();
    }
}

/// <summary>Writes each byte in the byte alphabet.</summary>
internal sealed class ByteAlphabetStage(TextSink next, EncodingWork work) : RewriteStage(next, work)
{
    private readonly ArrayBufferWriter<byte> _output = new();

    protected override int Process(ReadOnlySpan<byte> text, bool last)
    {
        _output.ResetWrittenCount();
        Bpe.ByteAlphabet.AppendCharacters(text, _output);
        Work.Grow(_output.WrittenCount - text.Length);
        Write(_output.WrittenSpan);
        return text.Length;
    }
}
