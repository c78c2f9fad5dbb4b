using System.Globalization;

namespace DecoupleQ.Storage;

/// <summary>
/// Where a value stands in a JSON file, as in <c>model.merges[3]</c>: a link to the value that it is in, spelled only where an error needs it. Spelled for
/// every value of a file, one long name would be copied for each of the values in it.
/// </summary>
internal sealed class JsonPlace
{
    private readonly JsonPlace? _outer;
    private readonly string? _field;
    private readonly int _index;

    /// <summary>A field of an object.</summary>
    /// <param name="outer">The object; null for the root of a file.</param>
    /// <param name="field">The field's name.</param>
    public JsonPlace(JsonPlace? outer, string field) => (_outer, _field) = (outer, field);

    /// <summary>An item of a list.</summary>
    /// <param name="outer">The list; null for the root of a file.</param>
    /// <param name="index">From 0.</param>
    public JsonPlace(JsonPlace? outer, int index) => (_outer, _index) = (outer, index);

    public override string ToString()
    {
        var parts = new Stack<string>();
        for (JsonPlace? place = this; place is not null; place = place._outer)
        {
            string? name = place._field is string field ? JsonSection.Shorten(field) : null;
            parts.Push(name is null ? string.Create(CultureInfo.InvariantCulture, $"[{place._index}]") : place._outer is null ? name : "." + name);
        }
        return string.Concat(parts);
    }
}
