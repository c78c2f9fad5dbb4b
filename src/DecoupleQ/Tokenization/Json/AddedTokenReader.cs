using System.Buffers;
using System.Text;
using DecoupleQ.Tokenization.Pipeline;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Json;

/// <summary>Reads <c>added_tokens</c> and completes the list of tokens by id.</summary>
internal sealed class AddedTokenReader
{
    private const int MaxLength = 1024;

    private readonly Dictionary<string, AddedToken> _byContent = new(StringComparer.Ordinal);
    private readonly List<(string Pattern, AddedToken Token)> _normalized = [];
    private string?[] _tokens;

    private AddedTokenReader(int count) => _tokens = new string?[count];

    /// <summary>The tokens by id, the model's and the added ones.</summary>
    public IReadOnlyList<string?> Tokens => _tokens;

    /// <summary>Those found in the text as it came, with what is looked for.</summary>
    public List<(string Pattern, AddedToken Token)> Plain { get; } = [];

    /// <summary>Those found in the normalized text, with what is looked for: their content, normalized.</summary>
    /// <remarks>Special ones first: of two that are equal when normalized, the library finds that one.</remarks>
    public IReadOnlyList<(string Pattern, AddedToken Token)> Normalized => [.. _normalized.OrderBy(added => !added.Token.Special)];

    public static AddedTokenReader Read(JsonField? field, VocabularyField vocabulary, IReadOnlyList<Normalizer> normalizers)
    {
        List<JsonField> items = field is { } list ? [.. list.Items()] : [];
        // Ids that are not the vocabulary's follow it, so that this many are enough.
        var reader = new AddedTokenReader(vocabulary.IdLimit + items.Count);
        foreach ((string token, int id) in vocabulary.Ids)
        {
            reader._tokens[id] = token;
        }
        int limit = vocabulary.IdLimit;
        int next = vocabulary.Ids.Count;
        foreach (JsonField item in items)
        {
            AddedToken token = ReadToken(item);
            int expected = reader._byContent.TryGetValue(token.Content, out AddedToken? known) ? known.Id : vocabulary.Ids.GetValueOrDefault(token.Content, next);
            if (token.Id != expected || reader._tokens[expected] is { } other && other != token.Content)
            {
                throw item.Error($"gives '{JsonField.Shorten(token.Content)}' the id {token.Id}", $"{expected}, its id in the vocabulary or else the next free one");
            }
            if (known is not null)
            {
                if (known != token)
                {
                    throw item.Error($"adds '{JsonField.Shorten(token.Content)}' a second time, otherwise", "each token once");
                }
                continue;
            }
            reader._byContent.Add(token.Content, token);
            reader._tokens[token.Id] = token.Content;
            limit = Math.Max(limit, token.Id + 1);
            // The library goes on after the highest added id, or after the vocabulary.
            next = Math.Max(next, token.Id + 1);
            reader.AddPattern(item, token, normalizers);
        }
        Array.Resize(ref reader._tokens, limit);
        return reader;
    }

    private void AddPattern(JsonField item, AddedToken token, IReadOnlyList<Normalizer> normalizers)
    {
        if (!token.Normalized)
        {
            Plain.Add((token.Content, token));
            return;
        }
        byte[] pattern = Utf8.Bytes(token.Content);
        foreach (Normalizer normalizer in normalizers)
        {
            var output = new ArrayBufferWriter<byte>();
            if (normalizer.Apply(pattern, output))
            {
                pattern = output.WrittenSpan.ToArray();
            }
        }
        if (pattern.Length is 0 or > MaxLength)
        {
            throw item.Error($"is {pattern.Length} bytes long when normalized", $"1 to {MaxLength} bytes");
        }
        _normalized.Add((Encoding.UTF8.GetString(pattern), token));
    }

    private static AddedToken ReadToken(JsonField item)
    {
        item.AllowOnly("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
        JsonField content = item.Required("content", "the token's text");
        if (content.Text().Length is 0 or > MaxLength)
        {
            throw content.Error($"is {content.Text().Length} characters long", $"1 to {MaxLength} characters");
        }
        return new AddedToken(content.Text(), item.Required("id", "the token's id").Count(int.MaxValue - 1))
        {
            Special = item.Required("special", "true or false").Flag(),
            Normalized = item.Required("normalized", "true or false").Flag(),
            SingleWord = item.Required("single_word", "true or false").Flag(),
            StripsLeft = item.Required("lstrip", "true or false").Flag(),
            StripsRight = item.Required("rstrip", "true or false").Flag(),
        };
    }
}
