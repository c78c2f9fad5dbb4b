using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Protocol;

/// <summary>
/// The fields of an object in a request. Each is read by type; what is left at the end is refused by name, so that nothing is asked for in vain. A field whose
/// value is null counts as absent.
/// </summary>
internal sealed class RequestFields
{
    private readonly Dictionary<string, JsonElement> _fields;
    private readonly HashSet<string> _read = [];
    private readonly string _path;

    private RequestFields(JsonElement element, string path)
    {
        _path = path;
        _fields = element.EnumerateObject().Where(field => field.Value.ValueKind != JsonValueKind.Null).ToDictionary(field => field.Name, field => field.Value);
    }

    /// <summary>The fields of an object.</summary>
    /// <param name="element">The object.</param>
    /// <param name="path">Where it stands; empty for the whole request.</param>
    /// <exception cref="ApiException">It is no object.</exception>
    public static RequestFields Of(JsonElement element, string path = "") => element.ValueKind == JsonValueKind.Object
        ? new RequestFields(element, path)
        : throw new ApiException(
            StatusCodes.Status400BadRequest, path.Length == 0 ? "The request is no JSON object." : $"{path}: This is no JSON object.",
            path.Length == 0 ? null : path, "invalid_type");

    /// <summary>Where a field stands.</summary>
    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    /// <summary>A field, whatever it holds; null if it is absent.</summary>
    public JsonElement? Any(string name)
    {
        _read.Add(name);
        return _fields.TryGetValue(name, out JsonElement value) ? value : null;
    }

    /// <summary>A text that is looked at by the way: whether the field may be there, and what it may hold, is for others to say. Null for no text.</summary>
    public string? Peek(string name) =>
        _fields.TryGetValue(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A text; null if it is absent.</summary>
    public string? Text(string name) => Any(name) is JsonElement value
        ? value.ValueKind == JsonValueKind.String ? value.GetString() : throw WrongType(name, "a string")
        : null;

    /// <summary>A text that has to be there.</summary>
    public string RequiredText(string name) => Text(name) ?? throw Missing(name);

    /// <summary>True or false; null if it is absent.</summary>
    public bool? Flag(string name) => Any(name) is JsonElement value
        ? value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw WrongType(name, "true or false")
        : null;

    /// <summary>A number in a range; null if it is absent.</summary>
    public double? Number(string name, OptionRange<double> range)
    {
        if (Any(name) is not JsonElement value)
        {
            return null;
        }
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number))
        {
            throw WrongType(name, range.Expected);
        }
        return range.Contains(number) ? number : throw OutOfRange(name, number.ToString(CultureInfo.InvariantCulture), range.Expected);
    }

    /// <summary>A whole number in a range; null if it is absent.</summary>
    public int? Whole(string name, OptionRange<int> range)
    {
        if (Any(name) is not JsonElement value)
        {
            return null;
        }
        if (value.ValueKind != JsonValueKind.Number)
        {
            throw WrongType(name, range.Expected);
        }
        return value.TryGetInt32(out int number) && range.Contains(number) ? number : throw OutOfRange(name, value.GetRawText(), range.Expected);
    }

    /// <summary>A seed: any whole number of 64 bits; null if it is absent.</summary>
    public ulong? Seed(string name)
    {
        if (Any(name) is not JsonElement value)
        {
            return null;
        }
        return value.ValueKind != JsonValueKind.Number ? throw WrongType(name, "a whole number")
            : value.TryGetUInt64(out ulong seed) ? seed
            : value.TryGetInt64(out long signed) ? unchecked((ulong)signed)
            : throw OutOfRange(name, value.GetRawText(), "a whole number of 64 bits");
    }

    /// <summary>A list; null if it is absent.</summary>
    public IReadOnlyList<JsonElement>? List(string name) => Any(name) is JsonElement value
        ? value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : throw WrongType(name, "an array")
        : null;

    /// <summary>The fields of an object; null if it is absent.</summary>
    public RequestFields? Section(string name) => Any(name) is JsonElement value ? Of(value, PathOf(name)) : null;

    /// <summary>Knows of fields that have no effect and need none.</summary>
    public void Accept(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            _read.Add(name);
        }
    }

    /// <summary>Refuses a field, unless it is absent or holds the one value that asks for nothing.</summary>
    /// <param name="name">The field.</param>
    /// <param name="why">Why.</param>
    /// <param name="harmless">JSON of the value that asks for nothing; null if every value asks for something.</param>
    public void Refuse(string name, string why, string? harmless = null)
    {
        if (Any(name) is JsonElement value && !(harmless is not null && value.GetRawText() == harmless))
        {
            throw ApiException.Unsupported(PathOf(name), why);
        }
    }

    /// <summary>Refuses the fields that nobody has read.</summary>
    public void RefuseOthers()
    {
        if (_fields.Keys.FirstOrDefault(name => !_read.Contains(name)) is string unknown)
        {
            throw new ApiException(
                StatusCodes.Status400BadRequest, $"{PathOf(unknown)}: There is no such field.", PathOf(unknown), "unknown_parameter");
        }
    }

    public ApiException Missing(string name) =>
        new(StatusCodes.Status400BadRequest, $"{PathOf(name)}: It is required.", PathOf(name), "missing_required_parameter");

    public ApiException WrongType(string name, string expected) =>
        new(StatusCodes.Status400BadRequest, $"{PathOf(name)}: It is of another type (expected: {expected})", PathOf(name), "invalid_type");

    private ApiException OutOfRange(string name, string value, string expected) => ApiException.Invalid(PathOf(name), $"The value is {value}.", expected);
}
