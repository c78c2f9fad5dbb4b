using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.SentencePiece;

/// <summary>A SentencePiece <c>tokenizer.model</c> (byte-pair encoding), with the tokens that the model's folder adds to it.</summary>
internal sealed class SentencePieceTokenizer : Tokenizer
{
    private readonly SentencePieceModel _model;
    private readonly SentencePieceBpe _bpe;
    private readonly AddedTokens _added;
    private readonly Dictionary<string, int> _ids = [];
    private readonly PrefixRule _prefixRule;
    private int? _leadingId;
    private int? _beginningId;
    private int? _trailingId;

    private enum PrefixRule
    {
        None,
        StartOfText,
        EveryStretch,
    }

    private SentencePieceTokenizer(SentencePieceModel model, IEnumerable<AddedToken> added, PrefixRule prefixRule)
    {
        _model = model;
        _bpe = new SentencePieceBpe(model.Pieces);
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            // Unused pieces may have one text.
            _ids.TryAdd(model.Pieces[id].Text, id);
        }
        IEnumerable<AddedToken> control = model.Pieces.Index()
            .Where(p => p.Item.Type is PieceType.Control or PieceType.Unknown)
            .Select(p => new AddedToken(p.Item.Text, p.Index));
        // A folder may list ordinary pieces among its added tokens; they are pieces still.
        _added = new AddedTokens(control.Concat(added.Where(t => t.IsSpecial || t.Id >= model.Pieces.Count || model.Pieces[t.Id].Text != t.Text)));
        VocabularySize = Math.Max(model.Pieces.Count, _added.LastId + 1);
        _prefixRule = model.AddDummyPrefix ? prefixRule : PrefixRule.None;
    }

    public override int VocabularySize { get; }

    public override int? LeadingId => _leadingId;

    public override int? BeginningId => _beginningId;

    /// <summary>Loads <c>tokenizer.model</c> of a model folder, and what <c>tokenizer_config.json</c> and <c>added_tokens.json</c> add to it.</summary>
    /// <exception cref="DecoupleQException">A file is damaged, or of a kind that cannot be run exactly.</exception>
    public static new SentencePieceTokenizer Load(string folder)
    {
        string configFile = Path.Combine(folder, "tokenizer_config.json");
        var config = new JsonSection(configFile, JsonFile.ReadIfThere(configFile) ?? []);
        return Create(SentencePieceModel.Read(Path.Combine(folder, ModelFile)), config, AddedTokens.ReadFolder(folder));
    }

    /// <summary>Loads a model by itself, with the settings that transformers has for one without files beside it.</summary>
    /// <exception cref="DecoupleQException">The file is damaged, or of a kind that cannot be run exactly.</exception>
    public static SentencePieceTokenizer LoadFile(string file) => Create(SentencePieceModel.Read(file), new JsonSection(file, []), []);

    private static SentencePieceTokenizer Create(SentencePieceModel model, JsonSection section, IEnumerable<AddedToken> added)
    {
        if (section.Flag("add_prefix_space") == false)
        {
            model = model with { AddDummyPrefix = false };
        }
        // transformers puts the dummy prefix before every stretch between special tokens unless "legacy" is false.
        PrefixRule prefixRule = section.Flag("legacy") == false ? PrefixRule.StartOfText : PrefixRule.EveryStretch;
        var tokenizer = new SentencePieceTokenizer(model, added, prefixRule);
        tokenizer._beginningId = AddedTokens.TextIn(section, "bos_token") is string text ? tokenizer.IdOf(text) : model.BeginningId;
        tokenizer._leadingId = tokenizer.ReadLeadingId(section);
        tokenizer._trailingId = tokenizer.ReadTrailingId(section);
        return tokenizer;
    }

    /// <summary>The tokenizer of a model that stands by itself: inputs begin and end with the ids given.</summary>
    public static SentencePieceTokenizer Create(SentencePieceModel model, int? leadingId, int? trailingId) =>
        new(model, [], PrefixRule.EveryStretch) { _beginningId = model.BeginningId, _leadingId = leadingId, _trailingId = trailingId };

    public override IReadOnlyList<int> Encode(string text, SpecialTokens special = SpecialTokens.AsText) => Encode(text, PlainStretches.Of(special));

    public override IReadOnlyList<int> Encode(string text, IReadOnlyList<Range> plain) => Encode(text, PlainStretches.Of(plain, text.Length));

    private List<int> Encode(string text, PlainStretches plain)
    {
        var ids = new List<int>();
        int position = 0;
        bool prefix = _prefixRule != PrefixRule.None;
        while (_added.FirstIn(text, position, plain) is var (token, start, end))
        {
            EncodeStretch(text.AsSpan(position..start), prefix, ids);
            ids.Add(token.Id);
            position = end;
            prefix = _prefixRule == PrefixRule.EveryStretch;
        }
        EncodeStretch(text.AsSpan(position), prefix, ids);
        return ids;
    }

    public override IReadOnlyList<int> EncodeWithTemplate(string text)
    {
        List<int> ids = [.. Encode(text, SpecialTokens.Recognized)];
        if (_leadingId is int leading)
        {
            ids.Insert(0, leading);
        }
        if (_trailingId is int trailing)
        {
            ids.Add(trailing);
        }
        return ids;
    }

    public override string Decode(IReadOnlyList<int> ids) => Decode(ids, token => token.IsSpecial ? "" : token.Text);

    public override string DecodeWithSpecialTokens(IReadOnlyList<int> ids) => Decode(ids, token => token.Text);

    public override string? TokenOf(int id) => _added.Find(id)?.Text ?? (id >= 0 && id < _model.Pieces.Count ? _model.Pieces[id].Text : null);

    private string Decode(IReadOnlyList<int> ids, Func<AddedToken, string> textOf)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        bool atStart = true;
        foreach (int id in ids)
        {
            AddedToken? added = _added.Find(id);
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

    public override int? IdOf(string token) => _added.Find(token)?.Id ?? (_ids.TryGetValue(token, out int id) ? id : null);

    private void EncodeStretch(ReadOnlySpan<char> text, bool prefix, List<int> ids)
    {
        string normalized = Normalize(text, prefix);
        if (normalized.Length > 0)
        {
            _bpe.Encode(normalized, ids);
        }
    }

    private string Normalize(ReadOnlySpan<char> text, bool prefix)
    {
        var normalized = new StringBuilder(text.Length + 1);
        if (prefix)
        {
            normalized.Append(SentencePieceBpe.Space);
        }
        int start = normalized.Length;
        Span<char> characters = stackalloc char[2];
        bool dropsSpace = _model.RemoveExtraWhitespaces;
        foreach (Rune rune in text.EnumerateRunes())
        {
            // A surrogate without its pair is enumerated as U+FFFD.
            bool isSpace = rune.Value == ' ';
            if (!isSpace)
            {
                normalized.Append(characters[..rune.EncodeToUtf16(characters)]);
            }
            else if (!dropsSpace)
            {
                normalized.Append(SentencePieceBpe.Space);
            }
            dropsSpace = isSpace && _model.RemoveExtraWhitespaces;
        }
        if (_model.RemoveExtraWhitespaces && normalized.Length > start && normalized[^1] == SentencePieceBpe.Space)
        {
            normalized.Length--;
        }
        return normalized.Length > start ? normalized.ToString() : "";
    }

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
        Utf8.AppendText(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes), text);
        bytes.Clear();
    }

    private int? ReadLeadingId(JsonSection config)
    {
        // transformers' default for Llama tokenizers.
        if (config.Flag("add_bos_token") == false)
        {
            return null;
        }
        const string Field = "bos_token";
        string? text = AddedTokens.TextIn(config, Field);
        int? id = text is null ? _model.BeginningId : IdOf(text);
        if (id is null && (text is not null || config.Flag("add_bos_token") == true))
        {
            throw new DecoupleQException("The beginning-of-sequence token is not in the vocabulary.", config.File, Field, "the text of a token, or add_bos_token false");
        }
        return id;
    }

    private int? ReadTrailingId(JsonSection config)
    {
        if (config.Flag("add_eos_token") != true)
        {
            return null;
        }
        const string Field = "eos_token";
        return AddedTokens.TextIn(config, Field) is { } text && IdOf(text) is int id
            ? id
            : throw new DecoupleQException("The end-of-sequence token is not in the vocabulary.", config.File, Field, "the text of a token, or add_eos_token false");
    }
}
