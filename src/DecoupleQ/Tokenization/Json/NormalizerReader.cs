using DecoupleQ.Storage;
using DecoupleQ.Tokenization.Pipeline;

namespace DecoupleQ.Tokenization.Json;

/// <summary>Reads <c>normalizer</c>.</summary>
internal static class NormalizerReader
{
    private const int MaxSteps = 64;

    /// <summary>The steps, with sequences resolved.</summary>
    public static IReadOnlyList<Normalizer> Read(JsonSection? field)
    {
        var steps = new List<Normalizer>();
        if (field is { } normalizer)
        {
            Add(normalizer, steps);
        }
        return steps;
    }

    private static void Add(JsonSection field, List<Normalizer> steps)
    {
        if (steps.Count >= MaxSteps)
        {
            throw field.Error("is one step too many", $"at most {MaxSteps} normalizers");
        }
        JsonSection type = field.Required("type", "the normalizer's type");
        switch (type.Text())
        {
            case "Sequence":
                field.AllowOnly("type", "normalizers");
                foreach (JsonSection step in field.Required("normalizers", "an array").Items())
                {
                    Add(step, steps);
                }
                break;
            case "NFC":
                field.AllowOnly("type");
                steps.Add(new NfcNormalizer { Field = field.Path });
                break;
            case "NFD":
                field.AllowOnly("type");
                steps.Add(new NfdNormalizer { Field = field.Path });
                break;
            case "Prepend":
                field.AllowOnly("type", "prepend");
                steps.Add(new PrependNormalizer(field.Required("prepend", "a string").Text()) { Field = field.Path });
                break;
            case "Replace":
                field.AllowOnly("type", "pattern", "content");
                steps.Add(
                    new ReplaceNormalizer(
                        TokenizerJson.ReadPattern(field.Required("pattern", "Regex or String")), field.Required("content", "a string").Text())
                    {
                        Field = field.Path,
                    });
                break;
            default:
                throw type.Error($"is '{JsonSection.Shorten(type.Text())}', which is not supported", "NFC, NFD, Prepend, Replace or Sequence");
        }
    }
}
