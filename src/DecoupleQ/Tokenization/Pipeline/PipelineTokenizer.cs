using System.Text;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>A tokenizer in the steps of the Hugging Face tokenizers library: added tokens, normalization, pre-tokenization, BPE, template; and decoding.</summary>
/// <remarks>Safe for use from several threads at once.</remarks>
internal sealed class PipelineTokenizer : Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<int> _special = [];
    private readonly AddedTokenFinder _addedTokens;
    private readonly AddedTokenFinder _normalizedAddedTokens;

    // An idle encoder, taken by the next call: its caches stay warm, and threads that run at the same time make their own.
    private PipelineEncoder? _idle;

    public PipelineTokenizer(TokenizerParts parts)
    {
        _parts = parts;
        for (int id = 0; id < parts.Tokens.Count; id++)
        {
            if (parts.Tokens[id] is { } token)
            {
                _ids.TryAdd(token, id);
            }
        }
        foreach ((_, AddedToken token) in parts.AddedTokens.Concat(parts.NormalizedAddedTokens))
        {
            if (token.IsSpecial)
            {
                _special.Add(token.Id);
            }
        }
        _addedTokens = new AddedTokenFinder(parts.AddedTokens);
        _normalizedAddedTokens = new AddedTokenFinder(parts.NormalizedAddedTokens);
    }

    /// <summary>The same tokenizer with another beginning of sequences.</summary>
    /// <param name="leading">See <see cref="LeadingId"/>.</param>
    /// <param name="beginning">See <see cref="BeginningId"/>.</param>
    public PipelineTokenizer WithBeginning(int? leading, int? beginning) => new(_parts with { LeadingId = leading, BeginningId = beginning });

    public override int VocabularySize => _parts.Tokens.Count;

    public override int? LeadingId => _parts.LeadingId;

    public override int? BeginningId => _parts.BeginningId;

    public override IReadOnlyList<int> Encode(string text, SpecialTokens special = SpecialTokens.AsText) => Encode(text, PlainStretches.Of(special));

    public override IReadOnlyList<int> Encode(string text, IReadOnlyList<Range> plain)
    {
        // The bounds come in order, so that each is counted from the one before.
        int characters = 0, bytes = 0;
        return Encode(text, PlainStretches.Of(plain, text.Length).Map(bound =>
        {
            bytes += Encoding.UTF8.GetByteCount(text.AsSpan(characters, bound - characters));
            characters = bound;
            return bytes;
        }));
    }

    private int[] Encode(string text, PlainStretches plain)
    {
        ArgumentNullException.ThrowIfNull(text);
        PipelineEncoder encoder = Interlocked.Exchange(ref _idle, null) ?? new PipelineEncoder(_parts, _addedTokens, _normalizedAddedTokens);
        int[] ids = encoder.Encode(Utf8.Bytes(text), plain);
        _idle = encoder;
        return ids;
    }

    public override IReadOnlyList<int> EncodeWithTemplate(string text)
    {
        IReadOnlyList<int> ids = Encode(text, SpecialTokens.Recognized);
        return _parts.Template is { } template ? [.. template.Before, .. ids, .. template.After] : ids;
    }

    public override string Decode(IReadOnlyList<int> ids) => Decode(ids.Where(id => !_special.Contains(id)));

    public override string DecodeWithSpecialTokens(IReadOnlyList<int> ids) => Decode((IEnumerable<int>)ids);

    public override int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public override string? TokenOf(int id) => id >= 0 && id < _parts.Tokens.Count ? _parts.Tokens[id] : null;

    private string Decode(IEnumerable<int> ids)
    {
        var tokens = new List<string>();
        foreach (int id in ids)
        {
            if (TokenOf(id) is { } token)
            {
                tokens.Add(token);
            }
        }
        foreach (TokenDecoder decoder in _parts.Decoders)
        {
            tokens = decoder.Apply(tokens);
        }
        return string.Concat(tokens);
    }
}
