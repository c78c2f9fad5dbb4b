using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>
/// A tokenizer in the steps of the Hugging Face tokenizers library: added tokens, normalization, pre-tokenization, BPE, template; and decoding.
/// </summary>
/// <remarks>Safe for use from several threads at once.</remarks>
internal sealed class PipelineTokenizer : Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<int> _special = [];
    private readonly ControlTokens _control;
    private readonly HashSet<int> _controlIds;
    private readonly AddedTokenFinder _addedTokens;
    private readonly AddedTokenFinder _normalizedAddedTokens;

    // In plain text no merge ends in a control token.
    private readonly BpeModel _plainModel;

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
        _control = parts.Control.Among(parts.AddedTokens.Concat(parts.NormalizedAddedTokens).Select(added => added.Token));
        _addedTokens = new AddedTokenFinder(parts.AddedTokens, _control.Contains, parts.File);
        _normalizedAddedTokens = new AddedTokenFinder(parts.NormalizedAddedTokens, _control.Contains, parts.File);
        IEnumerable<int> named = parts.Control.Named.Select(IdOf).OfType<int>();
        _controlIds = [.. parts.Control.EndIds, .. _addedTokens.ControlIds, .. _normalizedAddedTokens.ControlIds, .. named];
        _plainModel = parts.Model.Without(_controlIds);
    }

    /// <summary>The same tokenizer with another beginning of sequences.</summary>
    /// <param name="leading">See <see cref="LeadingId"/>.</param>
    /// <param name="beginning">See <see cref="BeginningId"/>.</param>
    public PipelineTokenizer WithBeginning(int? leading, int? beginning) => new(_parts with { LeadingId = leading, BeginningId = beginning });

    /// <summary>Whether a token is one of those that are looked for in a text, rather than merged from it.</summary>
    public bool IsAdded(string text) => _parts.AddedTokens.Concat(_parts.NormalizedAddedTokens).Any(added => added.Token.Text == text);

    /// <summary>Whether <see cref="EncodeWithTemplate"/> puts ids after the text.</summary>
    public bool EndsInputs => _parts.Template is { After.Count: > 0 };

    /// <summary>The same tokenizer, with tokens of its vocabulary as special ones, which are looked for in a text.</summary>
    public PipelineTokenizer WithSpecial(IEnumerable<AddedToken> tokens)
    {
        var byText = tokens.GroupBy(token => token.Text).ToDictionary(group => group.Key, group => group.First());
        AddedToken[] more = [.. byText.Values.Where(token => !IsAdded(token.Text))];
        if (more.Length == 0 && byText.Values.All(token => _special.Contains(token.Id)))
        {
            return this;
        }
        return new(_parts with
        {
            AddedTokens = [.. _parts.AddedTokens.Select(Marked), .. more.Select(token => (token.Text, token))],
            NormalizedAddedTokens = [.. _parts.NormalizedAddedTokens.Select(Marked)],
        });

        (string, AddedToken) Marked((string Pattern, AddedToken Token) added) =>
            byText.ContainsKey(added.Token.Text) ? (added.Pattern, added.Token with { IsSpecial = true }) : added;
    }

    /// <summary>
    /// Whether a text, or a prompt of the chat template, may become one of <paramref name="ids"/>; spelling out a control token does not count.
    /// </summary>
    public bool TextsUse(IReadOnlySet<int> ids)
    {
        if (_parts.Model.Without(ids) != _parts.Model)
        {
            return true;
        }
        HashSet<int> added = [];
        foreach ((_, AddedToken token) in _parts.AddedTokens.Concat(_parts.NormalizedAddedTokens).Where(a => ids.Contains(a.Token.Id)))
        {
            added.Add(token.Id);
            if (_control.TextsUse(token))
            {
                return true;
            }
        }
        // What words begin as needs no merge.
        return ids.Any(id => !added.Contains(id) && TokenOf(id) is string text && text.EnumerateRunes().Count() == 1);
    }

    /// <summary>The same tokenizer without the tokens of <paramref name="ids"/>, which become text where they stand in one.</summary>
    public PipelineTokenizer Without(IReadOnlySet<int> ids)
    {
        string?[] tokens = [.. _parts.Tokens.Select((token, id) => ids.Contains(id) ? null : token)];
        return new(_parts with
        {
            Model = _parts.Model.Without(ids),
            Tokens = tokens[..(Array.FindLastIndex(tokens, token => token is not null) + 1)],
            AddedTokens = [.. _parts.AddedTokens.Where(added => !ids.Contains(added.Token.Id))],
            NormalizedAddedTokens = [.. _parts.NormalizedAddedTokens.Where(added => !ids.Contains(added.Token.Id))],
        });
    }

    public override int VocabularySize => _parts.Tokens.Count;

    public override int? LeadingId => _parts.LeadingId;

    public override int? BeginningId => _parts.BeginningId;

    public override IReadOnlyList<int> Encode(string text, SpecialTokens special = SpecialTokens.AsText, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode(text, PlainStretches.Of(special), cancellationToken);
    }

    public override IReadOnlyList<int> Encode(string text, IReadOnlyList<Range> plain, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode(text, PlainStretches.InBytes(text, plain), cancellationToken);
    }

    public override TextEncoder BeginEncoding(SpecialTokens special = SpecialTokens.AsText, CancellationToken cancellationToken = default) =>
        Begin(PlainStretches.Of(special), cancellationToken);

    internal override TextEncoder BeginEncoding(string text, IReadOnlyList<Range> plain, CancellationToken cancellationToken) =>
        Begin(PlainStretches.InBytes(text, plain), cancellationToken);

    private TextEncoder Begin(PlainStretches plain, CancellationToken cancellationToken)
    {
        PipelineEncoder encoder = TakeEncoder();
        return new(encoder.Begin(plain, cancellationToken), () => _idle = encoder);
    }

    private int[] Encode(string text, PlainStretches plain, CancellationToken cancellationToken)
    {
        PipelineEncoder encoder = TakeEncoder();
        int[] ids = encoder.Encode(text, plain, cancellationToken);
        _idle = encoder;
        return ids;
    }

    private PipelineEncoder TakeEncoder() =>
        Interlocked.Exchange(ref _idle, null) ?? new PipelineEncoder(_parts, _plainModel, _addedTokens, _normalizedAddedTokens);

    public override IReadOnlyList<int> EncodeWithTemplate(string text, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<int> ids = Encode(text, SpecialTokens.Recognized, cancellationToken);
        return _parts.Template is { } template ? [.. template.Before, .. ids, .. template.After] : ids;
    }

    public override string Decode(IReadOnlyList<int> ids) => Decode(ids.Where(id => !_special.Contains(id)));

    public override string DecodeWithSpecialTokens(IReadOnlyList<int> ids) => Decode((IEnumerable<int>)ids);

    public override int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    public override string? TokenOf(int id) => id >= 0 && id < _parts.Tokens.Count ? _parts.Tokens[id] : null;

    public override byte[]? SpelledBy(int id)
    {
        if (_controlIds.Contains(id) || TokenOf(id) is not { } token)
        {
            return null;
        }
        // Behind another token, as some steps drop what a text begins with.
        const string Before = "x";
        List<string> tokens = [Before, token];
        var work = new EncodingWork();
        work.Grant(token.Length);
        foreach (TokenDecoder decoder in _parts.Decoders)
        {
            switch (decoder)
            {
                case ByteFallbackDecoder when ByteToken.TryParse(tokens[^1], out byte value):
                    return [value];
                case ByteLevelDecoder when tokens.Count == 2:
                    return ByteLevelDecoder.BytesOf(tokens[^1]);
                default:
                    tokens = decoder.Apply(tokens, work);
                    break;
            }
        }
        string text = string.Concat(tokens);
        return text.StartsWith(Before, StringComparison.Ordinal) ? Unicode.Utf8.Bytes(text[Before.Length..]) : null;
    }

    private string Decode(IEnumerable<int> ids)
    {
        var tokens = new List<string>();
        var work = new EncodingWork(_parts.File);
        foreach (int id in ids)
        {
            if (TokenOf(id) is { } token)
            {
                tokens.Add(token);
                work.Grant(token.Length);
            }
        }
        foreach (TokenDecoder decoder in _parts.Decoders)
        {
            tokens = decoder.Apply(tokens, work.At(decoder.Field));
        }
        return string.Concat(tokens);
    }
}
