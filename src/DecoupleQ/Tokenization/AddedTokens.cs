using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;

namespace DecoupleQ.Tokenization;

/// <summary>A token that stands outside the learned vocabulary: a control token, or one added later.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Id">Its id.</param>
/// <param name="IsSpecial">Whether decoding leaves it out.</param>
/// <param name="StripLeft">Whether, where it is recognised, white space before it belongs to it.</param>
/// <param name="StripRight">Whether, where it is recognised, white space after it belongs to it.</param>
/// <param name="SingleWord">Whether it is recognised only where no word character touches it.</param>
/// <param name="Normalized">Whether it is looked for in the normalized text; otherwise in the text as it came.</param>
internal sealed record AddedToken(
    string Text, int Id, bool IsSpecial = true, bool StripLeft = false, bool StripRight = false, bool SingleWord = false, bool Normalized = false);

/// <summary>The added tokens of a tokenizer: looked up by text and id, and found in texts.</summary>
internal sealed class AddedTokens
{
    private const int HighestId = (1 << 24) - 1;

    private readonly Dictionary<string, AddedToken> _byText = [];
    private readonly Dictionary<int, AddedToken> _byId = [];
    private readonly SearchValues<string> _texts;
    private readonly ILookup<char, AddedToken> _longestFirst;

    /// <param name="tokens">The tokens; of two with the same text or the same id, the later one counts.</param>
    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        foreach (AddedToken token in tokens)
        {
            _byText[token.Text] = token;
            _byId[token.Id] = token;
        }
        _texts = SearchValues.Create([.. _byText.Keys], StringComparison.Ordinal);
        _longestFirst = _byText.Values.OrderByDescending(t => t.Text.Length).ToLookup(t => t.Text[0]);
    }

    /// <summary>The highest id; -1 if there is none.</summary>
    public int LastId => _byId.Count == 0 ? -1 : _byId.Keys.Max();

    /// <summary>The token of this text, or null.</summary>
    public AddedToken? Find(string text) => _byText.GetValueOrDefault(text);

    /// <summary>The token of this id, or null.</summary>
    public AddedToken? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>The first token in <paramref name="text"/> from <paramref name="from"/> on (the longest of those that start there) and the stretch that it takes; null if there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="from">Where what is left of the text begins.</param>
    /// <param name="plain">Stretches of the text where no token is recognised.</param>
    public (AddedToken Token, int Start, int End)? FirstIn(ReadOnlySpan<char> text, int from, PlainStretches plain)
    {
        int position = from;
        while (text[position..].IndexOfAny(_texts) is int found and >= 0)
        {
            int at = position + found;
            AddedToken token = LongestAt(text[at..]);
            int end = position = at + token.Text.Length;
            if (plain.Touches(at, end))
            {
                continue;
            }
            int start = token.StripLeft ? from + text[from..at].TrimEnd().Length : at;
            return (token, start, token.StripRight ? text.Length - text[end..].TrimStart().Length : end);
        }
        return null;
    }

    private AddedToken LongestAt(ReadOnlySpan<char> text)
    {
        foreach (AddedToken token in _longestFirst[text[0]])
        {
            if (text.StartsWith(token.Text))
            {
                return token;
            }
        }
        throw new InvalidOperationException("A token was found that is none.");
    }

    /// <summary>The tokens that <c>added_tokens.json</c> and <c>tokenizer_config.json</c> of a model folder add.</summary>
    /// <exception cref="DecoupleQException">A file is malformed, or asks for what is not supported.</exception>
    public static IEnumerable<AddedToken> ReadFolder(string folder)
    {
        string path = Path.Combine(folder, "added_tokens.json");
        if (JsonFile.ReadIfThere(path) is { } texts)
        {
            var section = new JsonSection(path, texts);
            foreach (string text in texts.Select(entry => entry.Key))
            {
                yield return new AddedToken(NotEmpty(text, section, text), section.RequiredInteger(text, 0, HighestId));
            }
        }
        path = Path.Combine(folder, "tokenizer_config.json");
        if (JsonFile.ReadIfThere(path) is { } config && new JsonSection(path, config).Section("added_tokens_decoder") is JsonSection decoder)
        {
            foreach (string id in decoder.Json.Select(entry => entry.Key))
            {
                yield return Parse(decoder, id);
            }
        }
    }

    /// <summary>The text of a token that a field of <c>tokenizer_config.json</c> names, as a text or as an object with its settings; null if the field is absent.</summary>
    public static string? TextIn(JsonSection config, string field) =>
        config.Json[field] is JsonObject token ? new JsonSection(config.File, token, field + ".").RequiredText("content") : config.Text(field);

    private static AddedToken Parse(JsonSection decoder, string field)
    {
        if (!int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id > HighestId || decoder.Section(field) is not JsonSection token)
        {
            throw decoder.Unexpected(field, $"an object under an id from 0 to {HighestId}");
        }
        if (token.Flag("single_word") == true)
        {
            throw token.Unexpected("single_word", "false; tokens that count only as whole words are not supported");
        }
        return new AddedToken(
            NotEmpty(token.RequiredText("content"), token, "content"), id, token.Flag("special") ?? false, token.Flag("lstrip") ?? false, token.Flag("rstrip") ?? false);
    }

    private static string NotEmpty(string text, JsonSection section, string field) =>
        text.Length > 0 ? text : throw section.Unexpected(field, "a token's text, not empty");
}
