using System.Text.Json.Nodes;
using DecoupleQ.Generation;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>What calls ask for beyond the properties that all clients have: <see cref="ChatOptions.AdditionalProperties"/>.</summary>
internal sealed record ExtraProperties
{
    /// <summary>The key of <see cref="Strict"/>, which tools may have for themselves.</summary>
    public const string StrictKey = "strict";

    private const string Known = "min_p, typical_p, repetition_penalty, regex, grammar, chat_template_kwargs or strict";

    /// <summary><c>min_p</c>, from 0 to 1.</summary>
    public double? MinP { get; private init; }

    /// <summary><c>typical_p</c>, above 0 and at most 1.</summary>
    public double? TypicalP { get; private init; }

    /// <summary><c>repetition_penalty</c>, 0.001 to 1000.</summary>
    public double? RepetitionPenalty { get; private init; }

    /// <summary><c>regex</c>: what the whole answer matches.</summary>
    public string? Regex { get; private init; }

    /// <summary><c>grammar</c>: the grammar of the answer, in the notation of llama.cpp.</summary>
    public string? Grammar { get; private init; }

    /// <summary><c>chat_template_kwargs</c>: variables of the template.</summary>
    public JsonObject? TemplateVariables { get; private init; }

    /// <summary><c>strict</c>: whether objects of schemas have no properties but those that are named.</summary>
    public bool Strict { get; private init; }

    /// <summary>The field of a key, as errors name it.</summary>
    public static string FieldOf(string key) => $"AdditionalProperties[\"{key}\"]";

    /// <summary>Reads them.</summary>
    /// <exception cref="DecoupleQException">A key is not known, or its value is out of its range.</exception>
    public static ExtraProperties Read(AdditionalPropertiesDictionary? given)
    {
        var extras = new ExtraProperties();
        foreach ((string key, object? value) in given ?? [])
        {
            string field = FieldOf(key);
            extras = (key, value) switch
            {
                ("min_p" or "typical_p" or "repetition_penalty" or "regex" or "grammar" or "chat_template_kwargs" or StrictKey, null) => extras,
                ("min_p", _) => extras with { MinP = GenerationRanges.MinP.Require(OptionValues.Number(value, field), field) },
                ("typical_p", _) => extras with { TypicalP = GenerationRanges.TypicalP.Require(OptionValues.Number(value, field), field) },
                ("repetition_penalty", _) => extras with
                {
                    RepetitionPenalty = GenerationRanges.RepetitionPenalty.Require(OptionValues.Number(value, field), field),
                },
                ("regex", _) => extras with { Regex = OptionValues.Text(value, field) },
                ("grammar", _) => extras with { Grammar = OptionValues.Text(value, field) },
                ("chat_template_kwargs", _) => extras with { TemplateVariables = OptionValues.Object(value, field) },
                (StrictKey, _) => extras with { Strict = OptionValues.Flag(value, field) },
                _ => throw Refusal.Of(field, "There is no such setting.", Known),
            };
        }
        return extras;
    }
}
