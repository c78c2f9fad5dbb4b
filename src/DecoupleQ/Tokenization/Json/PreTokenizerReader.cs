using DecoupleQ.Storage;
using DecoupleQ.Tokenization.Patterns;
using DecoupleQ.Tokenization.Pipeline;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.Json;

/// <summary>Reads <c>pre_tokenizer</c>.</summary>
internal static class PreTokenizerReader
{
    // Published tokenizers have at most four.
    private const int MaxSteps = 16;

    /// <summary>The steps, with sequences resolved and each step that does several things made into several.</summary>
    /// <param name="field">The member; null for no step.</param>
    /// <param name="normalizers">The steps before.</param>
    /// <param name="endsInBytes">
    /// Whether the last step is byte-level, so that the model gets bytes. A byte-level step before the last writes the byte alphabet.
    /// </param>
    public static List<PreTokenizer> Read(JsonSection? field, IReadOnlyList<Normalizer> normalizers, out bool endsInBytes)
    {
        var fields = new List<(string Type, JsonSection Field)>();
        if (field is { } preTokenizer)
        {
            Flatten(preTokenizer, fields);
        }
        var steps = new List<PreTokenizer>();
        endsInBytes = false;
        for (int i = 0; i < fields.Count; i++)
        {
            (string type, JsonSection step) = fields[i];
            if (endsInBytes)
            {
                steps.Add(new ByteAlphabetStep { Field = fields[i - 1].Field.Path });
            }
            endsInBytes = type == "ByteLevel";
            switch (type)
            {
                case "ByteLevel":
                    AddByteLevel(step, steps);
                    break;
                case "Split":
                    steps.Add(ReadSplit(step));
                    break;
                case "Digits":
                    step.AllowOnly("type", "individual_digits");
                    steps.Add(
                        new PatternSplit(
                            PatternProgram.Compile("\\p{N}"), step.Flag("individual_digits") == true ? SplitBehavior.Isolated : SplitBehavior.Contiguous)
                        {
                            Field = step.Path,
                        });
                    break;
                default:
                    AddMetaspace(step, i == 0 && normalizers.All(normalizer => normalizer is NfcNormalizer or NfdNormalizer), steps);
                    break;
            }
        }
        return steps;
    }

    private static void Flatten(JsonSection field, List<(string, JsonSection)> fields)
    {
        JsonSection type = field.Required("type", "the pre-tokenizer's type");
        if (type.Text() == "Sequence")
        {
            field.AllowOnly("type", "pretokenizers");
            foreach (JsonSection step in field.Required("pretokenizers", "an array").Items())
            {
                Flatten(step, fields);
            }
            return;
        }
        if (type.Text() is not ("ByteLevel" or "Split" or "Digits" or "Metaspace"))
        {
            throw type.Error($"is '{JsonSection.Shorten(type.Text())}', which is not supported", "Split, Digits, ByteLevel, Metaspace or Sequence");
        }
        if (fields.Count >= MaxSteps)
        {
            throw field.Error("is one step too many", $"at most {MaxSteps} pre-tokenizers");
        }
        fields.Add((type.Text(), field));
    }

    private static void AddByteLevel(JsonSection field, List<PreTokenizer> steps)
    {
        // trim_offsets changes where tokens are said to come from, not the ids.
        field.AllowOnly("type", "add_prefix_space", "trim_offsets", "use_regex");
        field.Flag("trim_offsets");
        if (field.Required("add_prefix_space", "true or false").Flag())
        {
            steps.Add(new PrefixStep(" "u8.ToArray(), PrefixPlace.EveryPiece) { Field = field.Path });
        }
        if (field.Flag("use_regex") ?? true)
        {
            steps.Add(new PatternSplit(PatternProgram.Compile(PublishedPatterns.Gpt2), SplitBehavior.Isolated) { Field = field.Path });
        }
    }

    private static PatternSplit ReadSplit(JsonSection field)
    {
        field.AllowOnly("type", "pattern", "behavior", "invert");
        JsonSection behavior = field.Required("behavior", "a string");
        SplitBehavior parsed = behavior.Text() switch
        {
            "Removed" => SplitBehavior.Removed,
            "Isolated" => SplitBehavior.Isolated,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            string other => throw behavior.Error($"is '{JsonSection.Shorten(other)}'", "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous"),
        };
        return new PatternSplit(TokenizerJson.ReadPattern(field.Required("pattern", "Regex or String")), parsed, field.Flag("invert") ?? false)
        {
            Field = field.Path,
        };
    }

    private static void AddMetaspace(JsonSection field, bool beginningIsKept, List<PreTokenizer> steps)
    {
        field.AllowOnly("type", "replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep");
        string replacement = ReadReplacement(field);
        string scheme = ReadScheme(field);
        steps.Add(new RewriteStep(new ReplaceNormalizer(PatternProgram.Literal(" "), replacement)) { Field = field.Path });
        if (scheme == "first" && !beginningIsKept)
        {
            throw field.Error(
                "puts its prefix where the text begins, which steps before it may move",
                "a Metaspace with prepend_scheme 'first' before any Split, Replace or Prepend");
        }
        if (scheme != "never")
        {
            PrefixPlace place = scheme == "first" ? PrefixPlace.FirstPiece : PrefixPlace.EveryPiece;
            steps.Add(new PrefixStep(Utf8.Bytes(replacement), place) { Field = field.Path });
        }
        if (field.Flag("split") ?? true)
        {
            steps.Add(new PatternSplit(PatternProgram.Literal(replacement), SplitBehavior.MergedWithNext) { Field = field.Path });
        }
    }

    /// <summary>The character that Metaspace writes for a space.</summary>
    public static string ReadReplacement(JsonSection field)
    {
        JsonSection replacement = field.Required("replacement", "one character");
        return replacement.Text().EnumerateRunes().Count() == 1
            ? replacement.Text()
            : throw replacement.Error("is not one character", "one character, such as ▁");
    }

    /// <summary>Where Metaspace puts its prefix: always, first or never; in older files a flag.</summary>
    public static string ReadScheme(JsonSection field)
    {
        JsonSection? scheme = field.Optional("prepend_scheme");
        string name = scheme?.Text() ?? "always";
        if (name is not ("always" or "first" or "never"))
        {
            throw scheme!.Value.Error($"is '{JsonSection.Shorten(name)}'", "always, first or never");
        }
        if (field.Optional("add_prefix_space") is { } flag && !flag.Flag())
        {
            return scheme is null || name == "never" ? "never" : throw flag.Error($"is false where prepend_scheme is '{name}'", "two settings that agree");
        }
        return name;
    }
}
