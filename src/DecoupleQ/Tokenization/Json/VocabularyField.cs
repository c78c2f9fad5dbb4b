using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Pipeline;

namespace DecoupleQ.Tokenization.Json;

/// <summary>Reads <c>model</c>: the vocabulary, the merges and how they are used.</summary>
internal sealed class VocabularyField
{
    /// <summary>How far ids may run beyond the number of tokens; ids index arrays.</summary>
    private const int MaxGap = 1 << 16;

    private readonly JsonField _model;

    private VocabularyField(JsonField model) => _model = model;

    /// <summary>Ids by token.</summary>
    public Dictionary<string, int> Ids { get; } = new(StringComparer.Ordinal);

    /// <summary>One more than the highest id.</summary>
    public int IdLimit { get; private set; }

    public static VocabularyField Read(JsonField model)
    {
        // The first files of this format do not name the model's type.
        if (model.Optional("type") is { } type && type.Text() != "BPE")
        {
            throw type.Error($"is '{JsonField.Shorten(type.Text())}', which is not supported", "BPE");
        }
        model.AllowOnly("type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges");
        if (model.Optional("dropout") is { IsZero: false } dropout)
        {
            throw dropout.Error("makes encoding random", "no dropout");
        }
        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Optional(affix) is { } field && field.Text().Length > 0)
            {
                throw field.Error($"is '{JsonField.Shorten(field.Text())}', which is not supported", "none");
            }
        }
        var vocabulary = new VocabularyField(model);
        vocabulary.ReadIds(model.Required("vocab", "an object of ids by token"));
        return vocabulary;
    }

    /// <summary>The model for pieces that are text, or bytes.</summary>
    /// <param name="bytes">Whether the pieces are bytes, which the vocabulary spells in the byte alphabet.</param>
    /// <param name="steps">The pre-tokenizer's steps; where the vocabulary needs or allows it, one is added.</param>
    public BpeModel BuildModel(bool bytes, List<PreTokenizer> steps)
    {
        List<Merge> merges = ReadMerges(_model.Required("merges", "an array of merges"));
        Dictionary<string, int>? wholeWords = _model.Flag("ignore_merges") ? Ids : null;
        if (bytes && TryByteSymbols() is { } byteSymbols)
        {
            return new BpeModel(byteSymbols, new MergeTable(merges), wholeWords);
        }
        if (bytes)
        {
            steps.Add(new ByteAlphabetStep());
        }
        CharacterSymbols symbols = ReadCharacters();
        if (wholeWords is null && !steps.Any(step => step is PatternSplit) && WordSeams.Allowed(Ids.Keys.Where(IsMergeResult(merges)), symbols))
        {
            steps.Add(WordSeams.Split());
        }
        return new BpeModel(symbols, new MergeTable(merges), wholeWords);
    }

    private Func<string, bool> IsMergeResult(List<Merge> merges)
    {
        HashSet<int> results = [.. merges.Select(merge => merge.Result)];
        return token => results.Contains(Ids[token]);
    }

    private void ReadIds(JsonField field)
    {
        var seen = new HashSet<int>();
        foreach ((string token, JsonField value) in field.Members())
        {
            int id = value.Count(int.MaxValue - 1);
            if (!seen.Add(id))
            {
                throw value.Error($"is {id}, which is another token's id", "a different id for each token");
            }
            Ids.Add(token, id);
            IdLimit = Math.Max(IdLimit, id + 1);
        }
        if (IdLimit > 2L * Ids.Count + MaxGap)
        {
            throw field.Error($"has the id {IdLimit - 1} and only {Ids.Count} tokens", "ids that follow one another");
        }
    }

    private List<Merge> ReadMerges(JsonField field)
    {
        var merges = new List<Merge>(Math.Min(field.Length, 1 << 20));
        foreach (JsonField item in field.Items())
        {
            if (SplitMerge(item) is not (string left, string right))
            {
                continue;
            }
            merges.Add(new Merge(IdOf(item, left), IdOf(item, right), merges.Count, IdOf(item, left + right)));
        }
        return merges;
    }

    /// <summary>A merge written as a pair, or as a string with a space between; null for a version line, which old files have among them.</summary>
    private static (string Left, string Right)? SplitMerge(JsonField item)
    {
        if (!item.IsText)
        {
            return item.Items().Take(3).ToArray() is [var left, var right] ? (left.Text(), right.Text()) : throw item.Error("is not a pair", "two tokens");
        }
        string text = item.Text();
        if (text.StartsWith("#version", StringComparison.Ordinal))
        {
            return null;
        }
        int space = text.IndexOf(' ');
        return space >= 0 && space == text.LastIndexOf(' ') ? (text[..space], text[(space + 1)..]) : throw item.Error("is not a pair", "two tokens with one space between them");
    }

    private int IdOf(JsonField merge, string token) => Ids.TryGetValue(token, out int id)
        ? id
        : throw merge.Error($"needs the token '{JsonField.Shorten(token)}', which the vocabulary lacks", "merges of tokens in the vocabulary");

    private ByteSymbols? TryByteSymbols()
    {
        var ids = new int[256];
        for (int b = 0; b < 256; b++)
        {
            if (!Ids.TryGetValue(ByteAlphabet.Character((byte)b).ToString(), out ids[b]))
            {
                return null;
            }
        }
        return new ByteSymbols(ids);
    }

    private CharacterSymbols ReadCharacters()
    {
        int? unknown = null;
        if (_model.Optional("unk_token") is { } field)
        {
            unknown = Ids.TryGetValue(field.Text(), out int id) ? id : throw field.Error($"is '{JsonField.Shorten(field.Text())}', which the vocabulary lacks", "a token of the vocabulary");
        }
        int[]? byteIds = _model.Flag("byte_fallback") ? ByteToken.Ids(Ids) : null;
        var characters = new List<(int, int)>();
        foreach ((string token, int id) in Ids)
        {
            if (token.Length <= 2 && token.EnumerateRunes().ToArray() is [var only])
            {
                characters.Add((only.Value, id));
            }
        }
        return new CharacterSymbols(characters, new MissingCharacters(byteIds, unknown, _model.Flag("fuse_unk")));
    }
}
