using System.Text;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Pipeline;
using DecoupleQ.Tokenization.Streaming;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Json;

/// <summary>Reads <c>added_tokens</c> and completes the list of tokens by id.</summary>
internal sealed class AddedTokenReader
{
    private readonly Dictionary<string, AddedToken> _byText = new(StringComparer.Ordinal);
    private readonly List<(string Pattern, AddedToken Token)> _normalized = [];
    private readonly EncodingWork _work = new();
    private readonly WrittenText _normalizedText = new();
    private readonly TextSink _normalizing;
    private string?[] _tokens;

    private AddedTokenReader(int count, IReadOnlyList<Normalizer> normalizers)
    {
        _tokens = new string?[count];
        _normalizing = normalizers.Reverse().Aggregate((TextSink)_normalizedText, (next, normalizer) => normalizer.Stage(next, _work.At(normalizer.Field)));
    }

    /// <summary>The tokens by id, the model's and the added ones.</summary>
    public IReadOnlyList<string?> Tokens => _tokens;

    /// <summary>Those found in the text as it came, with what is looked for.</summary>
    public List<(string Pattern, AddedToken Token)> Plain { get; } = [];

    /// <summary>Those found in the normalized text, with what is looked for: their content, normalized.</summary>
    /// <remarks>Special ones first: of two that are equal when normalized, the library finds that one.</remarks>
    public IReadOnlyList<(string Pattern, AddedToken Token)> Normalized => [.. _normalized.OrderBy(added => !added.Token.IsSpecial)];

    public static AddedTokenReader Read(JsonSection? field, BpeVocabulary vocabulary, IReadOnlyList<Normalizer> normalizers)
    {
        List<JsonSection> items = field is { } list ? [.. list.Items()] : [];
        // Ids that are not the vocabulary's follow it, so that this many are enough.
        int limit = vocabulary.Ids.Values.Max() + 1;
        var reader = new AddedTokenReader(limit + items.Count, normalizers);
        foreach ((string token, int id) in vocabulary.Ids)
        {
            reader._tokens[id] = token;
        }
        int next = vocabulary.Ids.Count;
        foreach (JsonSection item in items)
        {
            AddedToken token = ReadToken(item);
            int expected = reader._byText.TryGetValue(token.Text, out AddedToken? known)
                ? known.Id
                : vocabulary.Ids.TryGetValue(token.Text, out int own) ? own : next;
            if (token.Id != expected || reader._tokens[expected] is { } other && other != token.Text)
            {
                throw item.Error(
                    $"gives '{JsonSection.Shorten(token.Text)}' the id {token.Id}", $"{expected}, its id in the vocabulary or else the next free one");
            }
            if (known is not null)
            {
                if (known != token)
                {
                    throw item.Error($"adds '{JsonSection.Shorten(token.Text)}' a second time, otherwise", "each token once");
                }
                continue;
            }
            reader._byText.Add(token.Text, token);
            reader._tokens[token.Id] = token.Text;
            limit = Math.Max(limit, token.Id + 1);
            // The library goes on after the highest added id, or after the vocabulary.
            next = Math.Max(next, token.Id + 1);
            reader.AddPattern(item, token);
        }
        Array.Resize(ref reader._tokens, limit);
        return reader;
    }

    private void AddPattern(JsonSection item, AddedToken token)
    {
        if (!token.Normalized)
        {
            Plain.Add((token.Text, token));
            return;
        }
        ReadOnlySpan<byte> pattern = item.Guard(() => Normalize(token.Text));
        if (pattern.Length is 0 or > AddedTokenFinder.LongestToken)
        {
            throw item.Error($"is {pattern.Length} bytes long when normalized", $"1 to {AddedTokenFinder.LongestToken} bytes");
        }
        _normalized.Add((Encoding.UTF8.GetString(pattern), token));
    }

    private byte[] Normalize(string text)
    {
        byte[] bytes = Utf8.Bytes(text);
        _work.Grant(bytes.Length);
        _normalizedText.Clear();
        _normalizing.Whole(bytes, first: false);
        return _normalizedText.Written.ToArray();
    }

    private static AddedToken ReadToken(JsonSection item)
    {
        item.AllowOnly("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
        JsonSection content = item.Required("content", "the token's text");
        if (content.Text().Length is 0 or > AddedTokenFinder.LongestToken)
        {
            throw content.Error($"is {content.Text().Length} characters long", $"1 to {AddedTokenFinder.LongestToken} characters");
        }
        return new AddedToken(
            content.Text(),
            item.Required("id", "the token's id").Count(int.MaxValue - 1),
            IsSpecial: item.Required("special", "true or false").Flag(),
            StripLeft: item.Required("lstrip", "true or false").Flag(),
            StripRight: item.Required("rstrip", "true or false").Flag(),
            SingleWord: item.Required("single_word", "true or false").Flag(),
            Normalized: item.Required("normalized", "true or false").Flag());
    }
}
