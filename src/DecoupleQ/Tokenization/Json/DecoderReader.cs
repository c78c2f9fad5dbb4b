using DecoupleQ.Storage;
using DecoupleQ.Tokenization.Pipeline;

namespace DecoupleQ.Tokenization.Json;

/// <summary>Reads <c>decoder</c>.</summary>
internal static class DecoderReader
{
    private const int MaxSteps = 64;

    /// <summary>The steps, with sequences resolved. Without a decoder the tokens are joined by spaces.</summary>
    public static IReadOnlyList<TokenDecoder> Read(JsonSection? field)
    {
        if (field is not { } decoder)
        {
            return [new JoinDecoder(" ")];
        }
        var steps = new List<TokenDecoder>();
        Add(decoder, steps);
        return steps;
    }

    private static void Add(JsonSection field, List<TokenDecoder> steps)
    {
        if (steps.Count >= MaxSteps)
        {
            throw field.Error("is one step too many", $"at most {MaxSteps} decoders");
        }
        JsonSection type = field.Required("type", "the decoder's type");
        switch (type.Text())
        {
            case "Sequence":
                field.AllowOnly("type", "decoders");
                foreach (JsonSection step in field.Required("decoders", "an array").Items())
                {
                    Add(step, steps);
                }
                break;
            case "ByteLevel":
                // These settings are the pre-tokenizer's; decoding does not look at them.
                field.AllowOnly("type", "add_prefix_space", "trim_offsets", "use_regex");
                steps.Add(new ByteLevelDecoder { Field = field.Path });
                break;
            case "ByteFallback":
                field.AllowOnly("type");
                steps.Add(new ByteFallbackDecoder { Field = field.Path });
                break;
            case "Fuse":
                field.AllowOnly("type");
                steps.Add(new JoinDecoder("") { Field = field.Path });
                break;
            case "Strip":
                field.AllowOnly("type", "content", "start", "stop");
                JsonSection content = field.Required("content", "one character");
                steps.Add(new StripDecoder(
                    content.Text().EnumerateRunes().ToArray() is [var only] ? only : throw content.Error("is not one character", "one character"),
                    field.Required("start", "a count").Count(int.MaxValue),
                    field.Required("stop", "a count").Count(int.MaxValue)) { Field = field.Path });
                break;
            case "Replace":
                field.AllowOnly("type", "pattern", "content");
                steps.Add(
                    new ReplaceDecoder(TokenizerJson.ReadPattern(field.Required("pattern", "Regex or String")), field.Required("content", "a string").Text())
                    {
                        Field = field.Path,
                    });
                break;
            case "Metaspace":
                field.AllowOnly("type", "replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep");
                bool prefixed = PreTokenizerReader.ReadScheme(field) != "never";
                steps.Add(new MetaspaceDecoder(PreTokenizerReader.ReadReplacement(field), prefixed) { Field = field.Path });
                break;
            default:
                throw type.Error(
                    $"is '{JsonSection.Shorten(type.Text())}', which is not supported",
                    "ByteLevel, ByteFallback, Fuse, Strip, Replace, Metaspace or Sequence");
        }
    }
}
