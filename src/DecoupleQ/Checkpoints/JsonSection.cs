using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DecoupleQ.Checkpoints;

/// <summary>An object of a JSON file whose fields are read by type; an error names the file, the field and what was expected.</summary>
/// <param name="File">The file.</param>
/// <param name="Json">The object.</param>
/// <param name="Prefix">Where it stands in the file: empty, or a path that ends in a dot.</param>
/// <remarks>A field whose value is null counts as absent, as it does for transformers.</remarks>
internal readonly record struct JsonSection(string File, JsonObject Json, string Prefix = "")
{
    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string field) => Json[field] is not null;

    /// <summary>An integer in [<paramref name="least"/>, <paramref name="most"/>]; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public int? Integer(string field, int least = int.MinValue, int most = int.MaxValue)
    {
        string expected = most == int.MaxValue ? $"an integer of at least {least}" : $"an integer from {least} to {most}";
        if (Value(field, JsonValueKind.Number, expected) is not JsonValue value)
        {
            return null;
        }
        // Some writers spell an integer as 4096.0.
        double number = ToDouble(value);
        return number == Math.Floor(number) && number >= least && number <= most ? (int)number : throw Unexpected(field, expected);
    }

    /// <summary>As <see cref="Integer"/>, for a field that must be there.</summary>
    /// <exception cref="DecoupleQException">The field is absent or something else.</exception>
    public int RequiredInteger(string field, int least = int.MinValue, int most = int.MaxValue) => Integer(field, least, most) ?? throw Absent(field, "an integer");

    /// <summary>A finite number; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public double? Number(string field)
    {
        const string Expected = "a finite number";
        if (Value(field, JsonValueKind.Number, Expected) is not JsonValue value)
        {
            return null;
        }
        double number = ToDouble(value);
        return double.IsFinite(number) ? number : throw Unexpected(field, Expected);
    }

    /// <summary>As <see cref="Number"/>, for a field that must be there.</summary>
    /// <exception cref="DecoupleQException">The field is absent or something else.</exception>
    public double RequiredNumber(string field) => Number(field) ?? throw Absent(field, "a number");

    /// <summary>A text; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public string? Text(string field) => Value(field, JsonValueKind.String, "a text")?.GetValue<string>();

    /// <summary>As <see cref="Text"/>, for a field that must be there.</summary>
    /// <exception cref="DecoupleQException">The field is absent or something else.</exception>
    public string RequiredText(string field) => Text(field) ?? throw Absent(field, "a text");

    /// <summary>True or false; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public bool? Flag(string field) => Json[field] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() is JsonValueKind.True or JsonValueKind.False => value.GetValueKind() == JsonValueKind.True,
        _ => throw Unexpected(field, "true or false"),
    };

    /// <summary>An object; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public JsonSection? Section(string field) => Json[field] switch
    {
        null => null,
        JsonObject section => new JsonSection(File, section, $"{Prefix}{field}."),
        _ => throw Unexpected(field, "an object"),
    };

    /// <summary>The error for a field that has another value than <paramref name="expected"/>.</summary>
    public DecoupleQException Unexpected(string field, string expected)
    {
        string shown = Json[field]?.ToJsonString() ?? "null";
        return new($"The value is {(shown.Length <= 60 ? shown : shown[..60] + "...")}.", File, Prefix + field, expected);
    }

    /// <summary>The error for a field that must be there.</summary>
    public DecoupleQException Absent(string field, string expected) => new("The field is missing.", File, Prefix + field, expected);

    private JsonValue? Value(string field, JsonValueKind kind, string expected) => Json[field] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == kind => value,
        _ => throw Unexpected(field, expected),
    };

    // A number may have been parsed, or put in by code as any numeric type: its JSON text is what all have in common.
    private static double ToDouble(JsonValue value) => double.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture);
}
