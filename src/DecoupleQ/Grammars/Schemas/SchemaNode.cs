using System.Text.Json;
using DecoupleQ.Grammars.Json;

namespace DecoupleQ.Grammars.Schemas;

/// <summary>A schema within a document: an object of keywords, true or false.</summary>
/// <param name="Element">The schema.</param>
/// <param name="Pointer">Where it stands: a JSON pointer behind <c>#</c>.</param>
internal readonly record struct SchemaNode(JsonElement Element, string Pointer)
{
    /// <summary>Whether every value satisfies it by its being <c>true</c>.</summary>
    public bool IsTrue => Element.ValueKind == JsonValueKind.True;

    /// <summary>Whether no value satisfies it, by its being <c>false</c>.</summary>
    public bool IsFalse => Element.ValueKind == JsonValueKind.False;

    /// <summary>The value of a keyword, if it is there.</summary>
    public SchemaNode? Keyword(string name) =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(name, out JsonElement value) ? new(value, At(name)) : null;

    /// <summary>The items of an array.</summary>
    /// <exception cref="DecoupleQException">It is none.</exception>
    public IEnumerable<SchemaNode> Items()
    {
        string pointer = Pointer;
        return Element.ValueKind == JsonValueKind.Array
            ? Element.EnumerateArray().Select((item, index) => new SchemaNode(item, $"{pointer}/{index}"))
            : throw Error("It is no array.", "an array");
    }

    /// <summary>The members of an object.</summary>
    /// <exception cref="DecoupleQException">It is none.</exception>
    public IEnumerable<(string Name, SchemaNode Value)> Members()
    {
        SchemaNode self = this;
        return Element.ValueKind == JsonValueKind.Object
            ? Element.EnumerateObject().Select(member => (member.Name, new SchemaNode(member.Value, self.At(member.Name))))
            : throw Error("It is no object.", "an object");
    }

    /// <summary>A text.</summary>
    /// <exception cref="DecoupleQException">It is none.</exception>
    public string Text() => Element.ValueKind == JsonValueKind.String ? Element.GetString()! : throw Error("It is no string.", "a string");

    /// <summary>A number.</summary>
    /// <exception cref="DecoupleQException">It is none, or has hundreds of digits.</exception>
    public DecimalNumber Number() => Element.ValueKind == JsonValueKind.Number
        ? DecimalNumber.Parse(Element.GetRawText()) ?? throw Error("The number has too many digits.", "a number with at most 300 digits")
        : throw Error("It is no number.", "a number");

    /// <summary>A count.</summary>
    /// <exception cref="DecoupleQException">It is none.</exception>
    public int Count() => Number() is { IsWhole: true, Digits: { Sign: >= 0 } digits } && digits <= int.MaxValue
        ? (int)digits
        : throw Error("It is no count.", $"a whole number from 0 to {int.MaxValue}");

    /// <summary>true or false.</summary>
    /// <exception cref="DecoupleQException">It is neither.</exception>
    public bool Flag() => Element.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? Element.GetBoolean()
        : throw Error("It is neither true nor false.", "true or false");

    /// <summary>An error that names the place.</summary>
    public DecoupleQException Error(string message, string expected) => new(message, field: Pointer, expected: expected);

    private string At(string name) =>
        $"{Pointer}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
}
