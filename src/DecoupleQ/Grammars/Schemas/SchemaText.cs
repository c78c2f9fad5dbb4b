using System.Text.Json;
using DecoupleQ.Storage;

namespace DecoupleQ.Grammars.Schemas;

/// <summary>Reads a schema's text, and checks that it can be looked at.</summary>
internal static class SchemaText
{
    private const string Field = "schema";
    private const int MostNesting = 128, MostValues = 200_000, MostCharacters = 1 << 22;

    /// <exception cref="DecoupleQException">It is no JSON.</exception>
    public static JsonDocument Parse(string schema)
    {
        if (schema.Length > MostCharacters)
        {
            throw new DecoupleQException("The schema is too long.", field: Field, expected: $"at most {MostCharacters} characters");
        }
        try
        {
            return JsonDocument.Parse(schema, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = MostNesting });
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new DecoupleQException($"The schema is not valid JSON: {JsonFault.Of(error)}", field: Field, expected: "a JSON document", inner: error);
        }
    }

    /// <exception cref="DecoupleQException">It is too large, nested too deep, or a string in it is no text.</exception>
    public static void Check(JsonElement schema)
    {
        int values = 0;
        try
        {
            Check(schema, 0, ref values);
        }
        catch (InvalidOperationException error)
        {
            throw new DecoupleQException("A string holds half of a surrogate pair.", field: Field, expected: "strings that are Unicode texts", inner: error);
        }
    }

    private static void Check(JsonElement value, int depth, ref int values)
    {
        if (depth > MostNesting || ++values > MostValues)
        {
            throw new DecoupleQException("The schema is too large.", field: Field, expected: $"at most {MostValues} values, {MostNesting} within one another");
        }
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    _ = member.Name;
                    Check(member.Value, depth + 1, ref values);
                }
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Check(item, depth + 1, ref values);
                }
                break;
            case JsonValueKind.String:
                value.GetString();
                break;
        }
    }
}
