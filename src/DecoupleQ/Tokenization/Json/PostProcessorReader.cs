using DecoupleQ.Storage;
using DecoupleQ.Tokenization.Pipeline;

namespace DecoupleQ.Tokenization.Json;

/// <summary>Reads <c>post_processor</c>: what it adds to the ids of a single text.</summary>
internal static class PostProcessorReader
{
    private const int MaxIds = 1024;

    /// <summary>The template; null if nothing is added.</summary>
    /// <param name="field">The member; null for none.</param>
    /// <param name="tokens">The tokens by id.</param>
    public static Template? Read(JsonSection? field, IReadOnlyList<string?> tokens) => field is { } processor ? Read(processor, tokens, null) : null;

    private static Template? Read(JsonSection field, IReadOnlyList<string?> tokens, Template? template)
    {
        JsonSection type = field.Required("type", "the post-processor's type");
        switch (type.Text())
        {
            case "Sequence":
                field.AllowOnly("type", "processors");
                foreach (JsonSection step in field.Required("processors", "an array").Items())
                {
                    template = Read(step, tokens, template);
                }
                return template;
            case "ByteLevel":
                // It moves offsets only.
                field.AllowOnly("type", "add_prefix_space", "trim_offsets", "use_regex");
                return template;
            case "TemplateProcessing" when template is not null:
                // The library would take what the first one gave for a pair of texts.
                throw type.Error("is the second TemplateProcessing", "one");
            case "TemplateProcessing":
                field.AllowOnly("type", "single", "pair", "special_tokens");
                return ReadTemplate(field, tokens);
            default:
                throw type.Error($"is '{JsonSection.Shorten(type.Text())}', which is not supported", "TemplateProcessing, ByteLevel or Sequence");
        }
    }

    private static Template ReadTemplate(JsonSection field, IReadOnlyList<string?> tokens)
    {
        JsonSection single = field.Required("single", "an array");
        var before = new List<int>();
        var after = new List<int>();
        List<int> ids = before;
        foreach (JsonSection item in single.Items())
        {
            item.AllowOnly("SpecialToken", "Sequence");
            if (item.Optional("Sequence") is { } sequence)
            {
                sequence.AllowOnly("id", "type_id");
                JsonSection name = sequence.Required("id", "A");
                if (name.Text() != "A" || ids == after)
                {
                    throw name.Error("is not the one text", "the sequence A once");
                }
                ids = after;
                continue;
            }
            JsonSection token = item.Required("SpecialToken", "SpecialToken or Sequence");
            token.AllowOnly("id", "type_id");
            ids.AddRange(ReadIds(field, token.Required("id", "a special token").Text(), tokens));
            if (ids.Count > MaxIds)
            {
                throw token.Error("makes the template too long", $"at most {MaxIds} ids");
            }
        }
        return ids == after ? new Template(before, after) : throw single.Error("does not hold the text", "the sequence A once");
    }

    private static List<int> ReadIds(JsonSection field, string name, IReadOnlyList<string?> tokens)
    {
        JsonSection special = field.Required("special_tokens", "an object").Required(name, "the special token that the template names");
        special.AllowOnly("id", "ids", "tokens");
        var ids = new List<int>();
        foreach (JsonSection id in special.Required("ids", "an array of ids").Items())
        {
            int value = id.Count(tokens.Count - 1);
            ids.Add(tokens[value] is not null ? value : throw id.Error($"is {value}, which is no token's id", "the id of a token"));
        }
        return ids;
    }
}
