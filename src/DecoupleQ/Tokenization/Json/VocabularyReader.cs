using DecoupleQ.Storage;
using DecoupleQ.Tokenization.Bpe;

namespace DecoupleQ.Tokenization.Json;

/// <summary>Reads <c>model</c>: the vocabulary, the merges and how they are used.</summary>
internal static class VocabularyReader
{
    /// <summary>How far ids may run beyond twice the number of tokens; ids index arrays.</summary>
    private const int MaxGap = 1 << 16;

    public static BpeVocabulary Read(JsonSection model)
    {
        // The first files of this format do not name the model's type.
        if (model.Optional("type") is { } type && type.Text() != "BPE")
        {
            throw type.Error($"is '{JsonSection.Shorten(type.Text())}', which is not supported", "BPE");
        }
        model.AllowOnly(
            "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges", "vocab",
            "merges");
        if (model.Optional("dropout") is { IsZero: false } dropout)
        {
            throw dropout.Error("makes encoding random", "no dropout");
        }
        foreach (string affix in (ReadOnlySpan<string>)["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (model.Optional(affix) is { } field && field.Text().Length > 0)
            {
                throw field.Error($"is '{JsonSection.Shorten(field.Text())}', which is not supported", "none");
            }
        }
        Dictionary<string, int> ids = ReadIds(model.Required("vocab", "an object of ids by token"));
        return new BpeVocabulary
        {
            Ids = ids,
            Merges = ReadMerges(model.Required("merges", "an array of merges"), ids),
            WholeWords = model.Flag("ignore_merges") == true ? ids : null,
            Missing = new MissingCharacters(
                model.Flag("byte_fallback") == true ? ByteToken.Ids(ids) : null, ReadUnknown(model.Optional("unk_token"), ids),
                model.Flag("fuse_unk") ?? false),
        };
    }

    private static Dictionary<string, int> ReadIds(JsonSection field)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var seen = new HashSet<int>();
        foreach ((string token, JsonSection value) in field.Fields())
        {
            int id = value.Count(int.MaxValue - 1);
            if (!seen.Add(id))
            {
                throw value.Error($"is {id}, which is another token's id", "a different id for each token");
            }
            ids.Add(token, id);
        }
        if (ids.Count == 0)
        {
            throw field.Error("is empty", "tokens");
        }
        return ids.Values.Max() is int highest && highest <= 2L * ids.Count + MaxGap
            ? ids
            : throw field.Error($"has the id {highest} and only {ids.Count} tokens", "ids that follow one another");
    }

    private static int? ReadUnknown(JsonSection? field, Dictionary<string, int> ids)
    {
        if (field is not { } unknown)
        {
            return null;
        }
        return ids.TryGetValue(unknown.Text(), out int id)
            ? id
            : throw unknown.Error($"is '{JsonSection.Shorten(unknown.Text())}', which the vocabulary lacks", "a token of the vocabulary");
    }

    private static IReadOnlyCollection<Merge> ReadMerges(JsonSection field, Dictionary<string, int> ids)
    {
        var merges = new MergeList(ids);
        foreach (JsonSection item in field.Items())
        {
            // Old files have a version line among the merges.
            if (item.IsText && item.Text().StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }
            (string left, string right) = SplitMerge(item);
            if (merges.Add(left, right) is { } missing)
            {
                throw item.Error($"needs the token '{JsonSection.Shorten(missing)}', which the vocabulary lacks", "merges of tokens in the vocabulary");
            }
        }
        return merges.Merges;
    }

    private static (string Left, string Right) SplitMerge(JsonSection item)
    {
        if (item.IsText)
        {
            return MergeList.Split(item.Text()) ?? throw item.Error("is not a pair", "two tokens with one space between them");
        }
        return item.Items().Take(3).ToArray() is [var left, var right] ? (left.Text(), right.Text()) : throw item.Error("is not a pair", "two tokens");
    }
}
