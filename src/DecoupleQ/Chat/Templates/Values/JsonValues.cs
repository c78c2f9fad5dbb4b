using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DecoupleQ.Chat.Templates.Values;

/// <summary>JSON given to a template as its values; all text in it counts as given.</summary>
internal static class JsonValues
{
    // As deep as System.Text.Json reads by default.
    private const int DeepestNesting = 64;

    // Bytes of a value and its place in what holds it, and of a mapping beside its entries.
    private const int MadeOfValue = 128;
    private const int MadeOfMapping = 256;

    /// <summary>The value of <paramref name="node"/>.</summary>
    /// <param name="node">The JSON; null for <c>null</c>.</param>
    /// <param name="name">What it is given as, for errors.</param>
    /// <exception cref="DecoupleQException">A number does not fit, or the nesting is too deep.</exception>
    public static Value Of(JsonNode? node, string name) => Of(node, name, 0);

    private static Value Of(JsonNode? node, string name, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new DecoupleQException("The JSON is nested too deeply.", field: name, expected: $"at most {DeepestNesting} levels");
        }
        return node switch
        {
            null => NoneValue.Instance,
            JsonObject section => new MappingValue(section.Select(entry => ((Value)TextValue.OfGiven(entry.Key), Of(entry.Value, name, depth + 1)))),
            JsonArray list => new ListValue([.. list.Select(item => Of(item, name, depth + 1))]),
            _ => node.GetValueKind() switch
            {
                JsonValueKind.String => TextValue.OfGiven(node.GetValue<string>()),
                JsonValueKind.True => BooleanValue.True,
                JsonValueKind.False => BooleanValue.False,
                JsonValueKind.Null => NoneValue.Instance,
                _ => Number(node.ToJsonString(), name),
            },
        };
    }

    /// <summary>The value of JSON that the template itself reads; of equal keys the last counts.</summary>
    /// <param name="element">The JSON.</param>
    /// <param name="isGiven">Whether its texts count as given.</param>
    /// <param name="make">Counts the bytes of what is made.</param>
    /// <param name="fail">Makes an error of a problem.</param>
    public static Value Of(JsonElement element, bool isGiven, Action<long> make, Func<string, DecoupleQException> fail)
    {
        make(MadeOfValue);
        return element.ValueKind switch
        {
            JsonValueKind.Object => Mapping(element.EnumerateObject().Select(entry => ((Value)Text(entry.Name), Of(entry.Value, isGiven, make, fail)))),
            JsonValueKind.Array => new ListValue([.. element.EnumerateArray().Select(item => Of(item, isGiven, make, fail))]),
            JsonValueKind.String => Text(element.GetString()!),
            JsonValueKind.True => BooleanValue.True,
            JsonValueKind.False => BooleanValue.False,
            JsonValueKind.Number => Number(element),
            _ => NoneValue.Instance,
        };

        MappingValue Mapping(IEnumerable<(Value, Value)> entries)
        {
            make(MadeOfMapping);
            return new MappingValue(entries);
        }

        TextValue Text(string text)
        {
            make(MadeOfValue + 2L * text.Length);
            return isGiven ? TextValue.OfGiven(text) : TextValue.Of(text);
        }

        Value Number(JsonElement number) => number.GetRawText().AsSpan().ContainsAny('.', 'e', 'E')
            ? new FloatValue(number.GetDouble())
            : number.TryGetInt64(out long integer) ? new IntegerValue(integer) : throw fail($"The number {number.GetRawText()} is too large.");
    }

    private static Value Number(string text, string name)
    {
        if (!text.AsSpan().ContainsAny('.', 'e', 'E'))
        {
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer)
                ? new IntegerValue(integer)
                : throw new DecoupleQException($"The number {text} is too large.", field: name, expected: "an integer of at most 63 bits");
        }
        return new FloatValue(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture));
    }
}
