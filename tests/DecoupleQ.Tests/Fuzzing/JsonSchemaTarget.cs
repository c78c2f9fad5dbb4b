using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Grammars;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>JSON schemas.</summary>
internal sealed class JsonSchemaTarget : GrammarTarget
{
    private static readonly string[] Schemas =
    [
        """
        {"type": "object", "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 40}, "age": {"type": "integer", "minimum": 0, "maximum": 150},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5}}, "required": ["name", "age"], "additionalProperties": false}
        """,
        """
        {"$defs": {"node": {"type": ["object", "null"], "properties": {"value": {"type": "number", "multipleOf": 0.5}, "next": {"$ref": "#/$defs/node"},
        "kind": {"enum": ["é", 1, null, {"a": []}]}}, "required": ["next"]}}, "$ref": "#/$defs/node"}
        """,
        """
        {"oneOf": [
        {"properties": {"kind": {"const": "a"}, "x": {"type": "string", "pattern": "^[a-z]+\\d?$", "maxLength": 9}}, "required": ["kind"], "type": "object"},
        {"properties": {"kind": {"const": "b"}, "y": {"$ref": "#"}}, "required": ["kind"], "type": "object"}, {"type": "integer", "exclusiveMaximum": 1e3}]}
        """,
        """
        {"allOf": [{"type": "array", "prefixItems": [{"type": "boolean"}, {"anyOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]}]},
        {"items": {"type": ["integer", "string"], "minimum": -5.5}, "minItems": 1}], "title": "t", "default": []}
        """,
        """
        {"type": "object", "additionalProperties": {"anyOf": [{"$ref": "#"}, {"type": "string", "format": "uuid"}]}, "description": "d", "examples": [{}]}
        """,
    ];

    private static readonly string[] Extremes =
    [
        "null", "true", "false", "0", "-1", "0.5", "1", "3", "1e308", "-1e-300", "2147483647", "4294967296", "1000000", "123456789012345678901234567890",
        "\"\"", "\"#\"", "\"#/$defs/node\"", "\"#/properties/x\"", "\"integer\"", "\"object\"", "\"array\"", "\"date\"", "\"(a|b)*a(a|b){18}\"",
        "\"^(a{1,900}){1,900}$\"", "\"[\"", "[]", "{}", "[{}]", "{\"$ref\": \"#\"}", "[{\"$ref\": \"#\"}, {\"$ref\": \"#\"}]",
        "[{\"type\": \"string\"}, {\"type\": \"object\"}]", "{\"anyOf\": [{\"minimum\": 1}, {\"maximum\": 7}, {\"const\": 3}]}",
        "{\"allOf\": [{\"$ref\": \"#\"}, {\"required\": [\"q\"]}]}", "{\"not\": {}}", "[\"a\", \"name\"]",
    ];

    private static readonly string[] Names =
    [
        "type", "properties", "required", "additionalProperties", "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "enum",
        "const", "anyOf", "oneOf", "allOf", "$ref", "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "multipleOf",
        "minProperties",
    ];

    private readonly JsonObject[] _originals = [.. Schemas.Select(schema => (JsonObject)JsonNode.Parse(schema)!)];
    private readonly JsonMutation _mutation;

    public JsonSchemaTarget() => _mutation = new JsonMutation(_originals, Extremes);

    public override string Name => "json-schema";

    public override byte[] Damage(Random random)
    {
        JsonObject original = _originals[random.Next(_originals.Length)];
        if (random.Next(6) == 0)
        {
            return Mutation.Of(Encoding.UTF8.GetBytes(original.ToJsonString()), random);
        }
        var damaged = (JsonObject)original.DeepClone();
        if (random.Next(2) == 0)
        {
            // A keyword that is not there yet, in the schema or in one within it.
            JsonObject[] places = [damaged, .. Within(damaged)];
            JsonObject place = places[random.Next(places.Length)];
            place[Names[random.Next(Names.Length)]] = JsonNode.Parse(Extremes[random.Next(Extremes.Length)]);
        }
        return Encoding.UTF8.GetBytes((random.Next(3) == 0 ? damaged : _mutation.Of(damaged, random)).ToJsonString());
    }

    protected override Grammar Compile(string text) => Grammar.JsonSchema(text);

    private static IEnumerable<JsonObject> Within(JsonNode node)
    {
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject section => section.Select(entry => entry.Value),
            JsonArray list => list,
            _ => [],
        };
        foreach (JsonNode child in children.OfType<JsonNode>())
        {
            if (child is JsonObject section)
            {
                yield return section;
            }
            foreach (JsonObject inner in Within(child))
            {
                yield return inner;
            }
        }
    }
}
