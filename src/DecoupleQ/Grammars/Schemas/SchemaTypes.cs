using System.Text.Json;

namespace DecoupleQ.Grammars.Schemas;

/// <summary>Types of JSON values.</summary>
[Flags]
internal enum SchemaTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Integer = 4,

    /// <summary>Numbers that are not whole.</summary>
    Fraction = 8,
    Number = Integer | Fraction,
    String = 16,
    Array = 32,
    Object = 64,
    All = Null | Boolean | Number | String | Array | Object,
}

/// <summary>Reads types.</summary>
internal static class SchemaTypeNames
{
    /// <summary>The types that a schema allows.</summary>
    /// <exception cref="DecoupleQException">One is not known.</exception>
    public static SchemaTypes Of(SchemaNode schema)
    {
        if (schema.Keyword("type") is not { } type)
        {
            return SchemaTypes.All;
        }
        return type.Element.ValueKind == JsonValueKind.Array
            ? type.Items().Aggregate(SchemaTypes.None, (all, one) => all | Named(one))
            : Named(type);
    }

    /// <summary>The type of a value.</summary>
    public static SchemaTypes Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => SchemaTypes.Null,
        JsonValueKind.True or JsonValueKind.False => SchemaTypes.Boolean,
        JsonValueKind.Number => Json.DecimalNumber.Parse(value.GetRawText()) is { IsWhole: false } ? SchemaTypes.Fraction : SchemaTypes.Integer,
        JsonValueKind.String => SchemaTypes.String,
        JsonValueKind.Array => SchemaTypes.Array,
        _ => SchemaTypes.Object,
    };

    private static SchemaTypes Named(SchemaNode name) => name.Text() switch
    {
        "null" => SchemaTypes.Null,
        "boolean" => SchemaTypes.Boolean,
        "integer" => SchemaTypes.Integer,
        "number" => SchemaTypes.Number,
        "string" => SchemaTypes.String,
        "array" => SchemaTypes.Array,
        "object" => SchemaTypes.Object,
        _ => throw name.Error($"{name.Text()} is no type.", "null, boolean, integer, number, string, array or object"),
    };
}
