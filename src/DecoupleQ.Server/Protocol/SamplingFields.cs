using System.Globalization;
using System.Text.Json;
using DecoupleQ.Generation;

namespace DecoupleQ.Server.Protocol;

/// <summary>Fields by which chat and text completions alike say how tokens are chosen and where a text ends.</summary>
internal static class SamplingFields
{
    private const int MostStops = 16;

    private static readonly OptionRange<double> Temperature = OptionRange.Real("a number from 0 to 2", value => value is >= 0 and <= 2);
    private static readonly OptionRange<double> TopP = OptionRange.Real("a number from 0 to 1", value => value is >= 0 and <= 1);

    /// <summary>Reads them.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="maxTokens">The most tokens of an answer.</param>
    public static GenerationOptions Read(RequestFields fields, int maxTokens)
    {
        double? temperature = fields.Number("temperature", Temperature);
        double? topP = fields.Number("top_p", TopP);
        int? topK = fields.Whole("top_k", new("-1 or a whole number, at least 0", value => value >= -1));
        double? minP = fields.Number("min_p", GenerationRanges.MinP);
        // At temperature 0 there is nothing to limit. Clients send their defaults along with it.
        bool draws = temperature is not 0;
        return new GenerationOptions
        {
            MaxTokens = maxTokens,
            Temperature = temperature ?? (topP is not null || topK is not null || minP is not null ? 1 : null),
            // As the API has it: nothing but the best token.
            TopP = draws && topP is not 0 ? topP : null,
            TopK = !draws ? null : topP is 0 ? 1 : topK is -1 ? 0 : topK,
            MinP = draws ? minP : null,
            RepetitionPenalty = fields.Number("repetition_penalty", GenerationRanges.RepetitionPenalty),
            FrequencyPenalty = fields.Number("frequency_penalty", GenerationRanges.CountPenalty) ?? 0,
            PresencePenalty = fields.Number("presence_penalty", GenerationRanges.CountPenalty) ?? 0,
            LogitBias = Bias(fields),
            Seed = fields.Seed("seed"),
            Stop = Stops(fields),
        };
    }

    private static Dictionary<int, double> Bias(RequestFields fields)
    {
        const string Name = "logit_bias";
        var bias = new Dictionary<int, double>();
        if (fields.Any(Name) is not JsonElement given)
        {
            return bias;
        }
        if (given.ValueKind != JsonValueKind.Object)
        {
            throw fields.WrongType(Name, "an object of ids and numbers");
        }
        foreach (JsonProperty entry in given.EnumerateObject())
        {
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || entry.Value.ValueKind != JsonValueKind.Number)
            {
                throw ApiException.Invalid(fields.PathOf(Name), $"'{entry.Name}' is no id with a number.", "ids of the model and numbers from -100 to 100");
            }
            bias[id] = entry.Value.GetDouble();
        }
        return bias;
    }

    private static string[] Stops(RequestFields fields)
    {
        const string Name = "stop", Expected = "a text or up to 16 texts, none of them empty";
        string[] stops = fields.Any(Name) switch
        {
            null => [],
            { ValueKind: JsonValueKind.String } text => [text.GetString()!],
            { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
                [.. list.EnumerateArray().Select(item => item.GetString()!)],
            _ => throw fields.WrongType(Name, Expected),
        };
        return stops.Length <= MostStops && stops.All(stop => stop.Length > 0)
            ? stops
            : throw ApiException.Invalid(fields.PathOf(Name), $"{stops.Length} texts, or one that is empty.", Expected);
    }
}
