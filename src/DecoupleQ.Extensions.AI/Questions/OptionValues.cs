using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>Values of options in the types that the library has them in.</summary>
internal static class OptionValues
{
    /// <summary>The number that was written, as 0.7 of <c>0.7f</c>: the nearest float64 of its decimals, not of its bits.</summary>
    public static double? Exact(float? value) =>
        value is float number ? double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;

    /// <summary>A number of any type.</summary>
    /// <exception cref="DecoupleQException">It is none.</exception>
    public static double Number(object value, string field) => value switch
    {
        double number => number,
        float number => Exact(number)!.Value,
        JsonElement { ValueKind: JsonValueKind.Number } number => number.GetDouble(),
        // Whatever type it was made of.
        JsonValue json when json.GetValueKind() == JsonValueKind.Number => double.Parse(json.ToJsonString(), CultureInfo.InvariantCulture),
        decimal or sbyte or byte or short or ushort or int or uint or long or ulong => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        _ => throw Refusal.Of(field, $"A value of the type {value.GetType().Name} is no number.", "a number"),
    };

    /// <summary>A text.</summary>
    /// <exception cref="DecoupleQException">It is none.</exception>
    public static string Text(object value, string field) => value switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } text => text.GetString()!,
        JsonValue json when json.TryGetValue(out string? text) => text,
        _ => throw Refusal.Of(field, $"A value of the type {value.GetType().Name} is no text.", "a text"),
    };

    /// <summary>Yes or no.</summary>
    /// <exception cref="DecoupleQException">It is neither.</exception>
    public static bool Flag(object value, string field) => value switch
    {
        bool flag => flag,
        JsonElement { ValueKind: JsonValueKind.True or JsonValueKind.False } flag => flag.GetBoolean(),
        JsonValue json when json.TryGetValue(out bool flag) => flag,
        _ => throw Refusal.Of(field, $"A value of the type {value.GetType().Name} is neither true nor false.", "true or false"),
    };

    /// <summary>An object, as a new one.</summary>
    /// <exception cref="DecoupleQException">It is none.</exception>
    public static JsonObject Object(object value, string field) => Json(value, field) as JsonObject
        ?? throw Refusal.Of(field, $"A value of the type {value.GetType().Name} is no object.", "a dictionary or a JSON object");

    /// <summary>Any value as JSON.</summary>
    /// <exception cref="DecoupleQException">The serializer does not know its type.</exception>
    public static JsonNode? Json(object? value, string field)
    {
        try
        {
            return value switch
            {
                null => null,
                JsonNode node => node.DeepClone(),
                IDictionary<string, object?> dictionary => JsonSerializer.SerializeToNode(
                    dictionary, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>))),
                _ => JsonSerializer.SerializeToNode(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType())),
            };
        }
        catch (Exception error) when (error is NotSupportedException or JsonException)
        {
            throw new DecoupleQException(
                $"A value of the type {value!.GetType().Name} cannot be written as JSON.", field: field, expected: "text, or what System.Text.Json serializes",
                inner: error);
        }
    }
}
