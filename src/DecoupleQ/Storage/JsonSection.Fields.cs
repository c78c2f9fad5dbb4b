using System.Text.Json;

namespace DecoupleQ.Storage;

/// <summary>The fields of an object by name.</summary>
internal readonly partial struct JsonSection
{
    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string field) => Optional(field) is not null;

    /// <summary>A field; null if it is absent.</summary>
    /// <exception cref="DecoupleQException">This is no object.</exception>
    public JsonSection? Optional(string field) =>
        Find(field) is { _element.ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } found ? found : null;

    /// <summary>A field that must be there.</summary>
    /// <exception cref="DecoupleQException">It is absent.</exception>
    public JsonSection Required(string field, string expected) => Optional(field) ?? throw Absent(field, expected);

    /// <summary>True or false; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public bool? Flag(string field) => Optional(field)?.Flag();

    /// <summary>A text; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public string? Text(string field) => Optional(field)?.Text();

    /// <summary>As <see cref="Text(string)"/>, for a field that must be there.</summary>
    /// <exception cref="DecoupleQException">The field is absent or something else.</exception>
    public string RequiredText(string field) => Required(field, "a text").Text();

    /// <summary>An integer in [<paramref name="least"/>, <paramref name="most"/>]; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public int? Integer(string field, int least = int.MinValue, int most = int.MaxValue) => Optional(field)?.Integer(least, most);

    /// <summary>As <see cref="Integer(string, int, int)"/>, for a field that must be there.</summary>
    /// <exception cref="DecoupleQException">The field is absent or something else.</exception>
    public int RequiredInteger(string field, int least = int.MinValue, int most = int.MaxValue) => Required(field, "an integer").Integer(least, most);

    /// <summary>A finite number; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public double? Number(string field) => Optional(field)?.Number();

    /// <summary>As <see cref="Number(string)"/>, for a field that must be there.</summary>
    /// <exception cref="DecoupleQException">The field is absent or something else.</exception>
    public double RequiredNumber(string field) => Required(field, "a number").Number();

    /// <summary>A number in <paramref name="range"/>; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public double? Number(string field, OptionRange<double> range) =>
        Number(field) is not double value ? null : range.Contains(value) ? value : throw Unexpected(field, range.Expected);

    /// <summary>As <see cref="Number(string, OptionRange{double})"/>, for a field that must be there.</summary>
    /// <exception cref="DecoupleQException">The field is absent or something else.</exception>
    public double RequiredNumber(string field, OptionRange<double> range) => Number(field, range) ?? throw Absent(field, range.Expected);

    /// <summary>An object; null if the field is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public JsonSection? Section(string field)
    {
        JsonSection? section = Optional(field);
        section?.Expect(JsonValueKind.Object, "an object");
        return section;
    }

    /// <summary>The fields of an object, those that are null included.</summary>
    /// <exception cref="DecoupleQException">It is something else.</exception>
    public IEnumerable<(string Name, JsonSection Value)> Fields()
    {
        Expect(JsonValueKind.Object, "an object");
        foreach (JsonProperty member in _element.EnumerateObject())
        {
            string name = NameOf(member);
            yield return (name, new JsonSection(File, member.Value, new JsonPlace(_place, name)));
        }
    }

    /// <summary>Refuses fields of other names: a setting that is not known may change the result.</summary>
    /// <exception cref="DecoupleQException">There is one.</exception>
    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        Expect(JsonValueKind.Object, "an object");
        foreach (JsonProperty member in _element.EnumerateObject())
        {
            string name = NameOf(member);
            if (!names.Contains(name))
            {
                throw new DecoupleQException("The field is not known.", File, PathOf(name), $"only {string.Join(", ", names.ToArray())}");
            }
        }
    }

    /// <summary>The error for a field that has another value than <paramref name="expected"/>.</summary>
    public DecoupleQException Unexpected(string field, string expected) => Find(field).Unexpected(expected);

    /// <summary>The error for a field that must be there.</summary>
    public DecoupleQException Absent(string field, string expected) => new("The field is missing.", File, PathOf(field), expected);

    private JsonSection Find(string field)
    {
        Expect(JsonValueKind.Object, "an object");
        return new JsonSection(File, _element.TryGetProperty(field, out JsonElement value) ? value : default, new JsonPlace(_place, field));
    }

    private string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw Error("has a member whose name is no Unicode text", "names without lone surrogates", e);
        }
    }

    private string PathOf(string name) => new JsonPlace(_place, name).ToString();
}
