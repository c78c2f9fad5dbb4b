using System.Text.Json;
using DecoupleQ.Grammars.Automata;
using DecoupleQ.Grammars.Json;

namespace DecoupleQ.Grammars.Schemas;

/// <summary>What schemas say of constants beside naming them: that may leave some out.</summary>
/// <param name="schemas">Schemas that all apply.</param>
internal sealed class ConstantFilter(IReadOnlyList<SchemaNode> schemas)
{
    private static readonly string[] OfStrings = ["minLength", "maxLength", "pattern", "format"];

    private static readonly string[] OfNested =
    [
        "properties", "required", "additionalProperties", "minProperties", "maxProperties",
        "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems",
    ];

    private Automaton? _strings;
    private NumberRange? _numbers;

    /// <summary>Whether a value of a type that the schemas allow satisfies what else they say.</summary>
    /// <exception cref="DecoupleQException">That is not supported for such a value.</exception>
    public bool Allows(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when First(OfStrings) is not null:
                _strings ??= Automaton.Of(Expressions.Expression.Either(ScalarSchemas.Strings(schemas), JsonExpressions.Null));
                return Matcher.Accepts(_strings, JsonExpressions.ScalarBytes(value));
            case JsonValueKind.Number:
                _numbers ??= ScalarSchemas.Numbers(schemas, isWhole: false);
                return DecimalNumber.Parse(value.GetRawText()) is not { } number || _numbers.Contains(number);
            case JsonValueKind.Object or JsonValueKind.Array when First(OfNested) is { } keyword:
                throw keyword.Error("Beside constants that are objects or arrays it is not supported.", "the constants alone");
            default:
                return true;
        }
    }

    private SchemaNode? First(string[] names)
    {
        foreach (SchemaNode schema in schemas)
        {
            foreach (string name in names)
            {
                if (schema.Keyword(name) is { } keyword)
                {
                    return keyword;
                }
            }
        }
        return null;
    }
}
