using System.Runtime.InteropServices;
using System.Text;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>A SentencePiece <c>tokenizer.model</c> (byte-pair encoding), with the tokens that the model's folder adds to it.</summary>
/// <remarks>Safe for use from several threads at once.</remarks>
internal sealed class SentencePieceTokenizer : Tokenizer
{
    private readonly SentencePieceModel _model;
    private readonly Lazy<SentencePieceParts> _parts;
    private readonly Dictionary<string, AddedToken> _addedByText = [];
    private readonly Dictionary<int, AddedToken> _addedById = [];
    private readonly Dictionary<string, int> _ids = [];
    private readonly SentencePieceSettings _settings;

    /// <summary>Makes the tokenizer.</summary>
    /// <param name="model">The vocabulary.</param>
    /// <param name="settings">What the model's folder or file says besides.</param>
    public SentencePieceTokenizer(SentencePieceModel model, SentencePieceSettings settings)
    {
        _model = model;
        _settings = settings;
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            // Unused pieces may have one text.
            _ids.TryAdd(model.Pieces[id].Text, id);
        }
        IEnumerable<AddedToken> control = model.Pieces.Index()
            .Where(p => p.Item.Type is PieceType.Control or PieceType.Unknown)
            .Select(p => new AddedToken(p.Item.Text, p.Index));
        // A folder may list ordinary pieces among its added tokens; they are pieces still.
        foreach (AddedToken token in control.Concat(settings.Added.Where(t => t.IsSpecial || t.Id >= model.Pieces.Count || model.Pieces[t.Id].Text != t.Text)))
        {
            // Of two with the same text or the same id, the later one counts.
            _addedByText[token.Text] = token;
            _addedById[token.Id] = token;
        }
        VocabularySize = _addedById.Keys.Append(model.Pieces.Count - 1).Max() + 1;
        _parts = new(() => new SentencePieceParts(model, _addedByText.Values, settings));
    }

    public override int VocabularySize { get; }

    public override int? LeadingId => _settings.LeadingId;

    public override int? BeginningId => _settings.BeginningId;

    /// <summary>Loads <c>tokenizer.model</c> of a model folder, and what <c>tokenizer_config.json</c> and <c>added_tokens.json</c> add to it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="control">Which tokens are control tokens.</param>
    /// <exception cref="DecoupleQException">A file is damaged, or of a kind that cannot be run exactly.</exception>
    public static SentencePieceTokenizer LoadFolder(string folder, ControlTokens control)
    {
        JsonSection config = AddedTokenFiles.Settings(folder);
        var model = SentencePieceModel.Read(Path.Combine(folder, ModelFile));
        List<AddedToken> added = [.. AddedTokenFiles.ReadFolder(folder)];
        var known = new SentencePieceTokenizer(model, new SentencePieceSettings { Added = added });
        foreach ((string text, JsonSection field, bool isNeeded) in AddedTokenFiles.SpecialTokens(folder, config))
        {
            if (known.IdOf(text) is not int id)
            {
                if (isNeeded)
                {
                    throw AddedTokenFiles.Missing(field);
                }
            }
            else if (known._addedById.GetValueOrDefault(id) is not { IsSpecial: true })
            {
                added.Add((known._addedById.GetValueOrDefault(id) ?? new AddedToken(text, id)) with { IsSpecial = true });
            }
        }
        return SentencePieceConfig.Create(model, config, added, control);
    }

    /// <summary>Loads a model by itself, with the settings that transformers has for one without files beside it.</summary>
    /// <exception cref="DecoupleQException">The file is damaged, or of a kind that cannot be run exactly.</exception>
    public static SentencePieceTokenizer LoadFile(string file) =>
        SentencePieceConfig.Create(SentencePieceModel.Read(file), new JsonSection(file, []), [], ControlTokens.ByLook);

    /// <summary>
    /// Whether a text, or a prompt of the chat template, may become one of <paramref name="ids"/>; spelling out a control token does not count.
    /// </summary>
    public bool TextsUse(IReadOnlySet<int> ids)
    {
        ControlTokens control = _settings.Control.Among(_addedById.Values);
        return ids.Any(id => _addedById.TryGetValue(id, out AddedToken? token)
            ? control.TextsUse(token)
            : id < _model.Pieces.Count && _model.Pieces[id] is { Type: not PieceType.Unused } piece && IsReachable(piece));
    }

    // Byte-pair encoding makes a piece of two others, or begins with it.
    private bool IsReachable(Piece piece) =>
        piece.Type != PieceType.Normal
        || piece.Text.EnumerateRunes().Count() == 1
        || Enumerable.Range(1, piece.Text.Length - 1).Any(at => _ids.ContainsKey(piece.Text[..at]) && _ids.ContainsKey(piece.Text[at..]));

    /// <summary>
    /// The same tokenizer without the added tokens of <paramref name="ids"/> and without pieces of them at the end, which become text where they stand in
    /// one.
    /// </summary>
    public SentencePieceTokenizer Without(IReadOnlySet<int> ids)
    {
        int pieces = _model.Pieces.Count;
        while (pieces > 0 && ids.Contains(pieces - 1))
        {
            pieces--;
        }
        return new(
            _model with { Pieces = [.. _model.Pieces.Take(pieces)] },
            _settings with { Added = [.. _settings.Added.Where(token => !ids.Contains(token.Id))] });
    }

    public override IReadOnlyList<int> Encode(string text, SpecialTokens special = SpecialTokens.AsText, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _parts.Value.Encode(text, PlainStretches.Of(special), cancellationToken);
    }

    public override IReadOnlyList<int> Encode(string text, IReadOnlyList<Range> plain, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return _parts.Value.Encode(text, PlainStretches.InBytes(text, plain), cancellationToken);
    }

    public override TextEncoder BeginEncoding(SpecialTokens special = SpecialTokens.AsText, CancellationToken cancellationToken = default) =>
        _parts.Value.Begin(PlainStretches.Of(special), cancellationToken);

    internal override TextEncoder BeginEncoding(string text, IReadOnlyList<Range> plain, CancellationToken cancellationToken) =>
        _parts.Value.Begin(PlainStretches.InBytes(text, plain), cancellationToken);

    public override IReadOnlyList<int> EncodeWithTemplate(string text, CancellationToken cancellationToken = default)
    {
        List<int> ids = [.. Encode(text, SpecialTokens.Recognized, cancellationToken)];
        if (_settings.LeadingId is int leading)
        {
            ids.Insert(0, leading);
        }
        if (_settings.TrailingId is int trailing)
        {
            ids.Add(trailing);
        }
        return ids;
    }

    public override string Decode(IReadOnlyList<int> ids) => Decode(ids, token => token.IsSpecial ? "" : token.Text);

    public override string DecodeWithSpecialTokens(IReadOnlyList<int> ids) => Decode(ids, token => token.Text);

    public override string? TokenOf(int id) => _addedById.GetValueOrDefault(id)?.Text ?? (id >= 0 && id < _model.Pieces.Count ? _model.Pieces[id].Text : null);

    private string Decode(IReadOnlyList<int> ids, Func<AddedToken, string> textOf)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        bool atStart = true;
        foreach (int id in ids)
        {
            AddedToken? added = _addedById.GetValueOrDefault(id);
            if (added is null && id >= 0 && id < _model.Pieces.Count && _model.Pieces[id] is { Type: PieceType.Byte, Text: string name })
            {
                bytes.Add(SentencePieceModel.ByteOf(name)!.Value);
                continue;
            }
            AppendUtf8(bytes, text);
            atStart &= text.Length == 0;
            if (added is not null)
            {
                text.Append(textOf(added));
            }
            else if (id >= 0 && id < _model.Pieces.Count)
            {
                AppendPiece(_model.Pieces[id].Text, text, ref atStart);
            }
        }
        AppendUtf8(bytes, text);
        return text.ToString();
    }

    public override byte[]? SpelledBy(int id)
    {
        if (id < 0 || id >= _model.Pieces.Count || _addedById.ContainsKey(id) || _parts.Value.ControlIds.Contains(id))
        {
            return null;
        }
        (string text, _, PieceType type) = _model.Pieces[id];
        return type switch
        {
            PieceType.Byte => [SentencePieceModel.ByteOf(text)!.Value],
            PieceType.Normal or PieceType.UserDefined => Utf8.Bytes(text.Replace(SentencePieceBpe.Space, ' ')),
            _ => null,
        };
    }

    public override int? IdOf(string token) => _addedByText.GetValueOrDefault(token)?.Id ?? (_ids.TryGetValue(token, out int id) ? id : null);

    /// <summary>The space that encoding put before the text is not part of it.</summary>
    private void AppendPiece(string piece, StringBuilder text, ref bool atStart)
    {
        bool strips = atStart && piece[0] == SentencePieceBpe.Space && (_model.AddDummyPrefix || _model.RemoveExtraWhitespaces);
        // Where extra spaces are removed, none is left at the start.
        atStart &= strips && _model.RemoveExtraWhitespaces;
        foreach (char character in strips ? piece.AsSpan(1) : piece)
        {
            text.Append(character == SentencePieceBpe.Space ? ' ' : character);
        }
    }

    private static void AppendUtf8(List<byte> bytes, StringBuilder text)
    {
        Utf8.AppendText(CollectionsMarshal.AsSpan(bytes), text);
        bytes.Clear();
    }
}
