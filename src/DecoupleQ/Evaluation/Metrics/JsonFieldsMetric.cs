using System.Text;
using System.Text.Json;

namespace DecoupleQ.Evaluation.Metrics;

/// <summary>
/// The share of an object's fields that the first JSON object in an answer has with the same values; right is an answer that has all. What stands around that
/// object, such as the fence of a code block, and what other fields it has make no difference.
/// </summary>
internal sealed class JsonFieldsMetric : TextMetric
{
    private readonly JsonProperty[] _fields;

    /// <param name="expected">The object.</param>
    /// <exception cref="DecoupleQException">It is none, or has no fields.</exception>
    public JsonFieldsMetric(JsonElement expected)
    {
        _fields = expected.ValueKind == JsonValueKind.Object ? [.. expected.EnumerateObject()] : [];
        if (_fields.Length == 0)
        {
            throw new DecoupleQException("There are no fields.", expected: "a JSON object with the fields of a right answer");
        }
    }

    /// <inheritdoc/>
    public override Judgement Judge(string answer)
    {
        if (FirstObject(answer) is not JsonElement found)
        {
            return default;
        }
        int equal = _fields.Count(field => HasField(found, field));
        return new Judgement((double)equal / _fields.Length, equal == _fields.Length);
    }

    private static bool HasField(JsonElement found, JsonProperty field)
    {
        try
        {
            return found.TryGetProperty(field.Name, out JsonElement value) && JsonElement.DeepEquals(value, field.Value);
        }
        catch (InvalidOperationException)
        {
            // A text that is none, such as half a surrogate pair, is equal to none.
            return false;
        }
    }

    private static JsonElement? FirstObject(string answer)
    {
        byte[] text = Encoding.UTF8.GetBytes(answer);
        for (int at = Array.IndexOf(text, (byte)'{'); at >= 0; at = Array.IndexOf(text, (byte)'{', at + 1))
        {
            try
            {
                var reader = new Utf8JsonReader(text.AsSpan(at));
                return JsonElement.ParseValue(ref reader);
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                // What begins here is no object.
            }
        }
        return null;
    }
}
