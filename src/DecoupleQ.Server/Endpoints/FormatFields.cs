using System.Text.Json;
using DecoupleQ.Grammars;
using DecoupleQ.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints;

/// <summary>The field that says what an answer is held to.</summary>
internal static class FormatFields
{
    private const string Name = "response_format", SchemaField = "json_schema";
    private const string Expected = "text, json_object, json_schema, regex or grammar";

    /// <summary>Reads it; null for any text.</summary>
    public static Grammar? Read(RequestFields fields)
    {
        if (fields.Section(Name) is not RequestFields format)
        {
            return null;
        }
        string type = format.RequiredText("type");
        Grammar? grammar = type switch
        {
            "text" => null,
            "json_object" => Grammar.Json(),
            SchemaField => OfSchema(format.Section(SchemaField) ?? throw format.Missing(SchemaField)),
            // Not of the published API.
            "regex" => Compiled(format, "pattern", () => Grammar.Regex(format.RequiredText("pattern"))),
            "grammar" => Compiled(format, "grammar", () => Grammar.Gbnf(format.RequiredText("grammar"))),
            _ => throw ApiException.Invalid(format.PathOf("type"), $"The value is '{type}'.", Expected),
        };
        format.RefuseOthers();
        return grammar;
    }

    /// <summary>Reads the same of a response, whose schema stands beside its type; null for any text.</summary>
    /// <param name="text">The fields of <c>text</c>.</param>
    public static Grammar? ReadFlat(RequestFields text)
    {
        if (text.Section("format") is not RequestFields format)
        {
            return null;
        }
        string type = format.RequiredText("type");
        Grammar? grammar = type switch
        {
            "text" => null,
            "json_object" => Grammar.Json(),
            SchemaField => OfSchema(format),
            _ => throw ApiException.Invalid(format.PathOf("type"), $"The value is '{type}'.", "text, json_object or json_schema"),
        };
        format.RefuseOthers();
        return grammar;
    }

    private static Grammar OfSchema(RequestFields schema)
    {
        // What the model is not told; the answer satisfies the schema in any case.
        schema.Accept("name", "description", "strict");
        JsonElement given = schema.Any("schema") ?? throw schema.Missing("schema");
        Grammar grammar = Compiled(schema, "schema", () => Grammar.JsonSchema(given));
        schema.RefuseOthers();
        return grammar;
    }

    private static Grammar Compiled(RequestFields fields, string name, Func<Grammar> compile)
    {
        try
        {
            return compile();
        }
        catch (DecoupleQException error)
        {
            // What the compiler calls the whole of it is the field here; a place within it stays.
            string message = error.Field == name ? ErrorTranslation.MessageOf(error.Of(fields.PathOf(name)))
                : $"{fields.PathOf(name)}: {ErrorTranslation.MessageOf(error)}";
            throw new ApiException(StatusCodes.Status400BadRequest, message, fields.PathOf(name), "invalid_schema");
        }
    }
}
