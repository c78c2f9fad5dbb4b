using System.Globalization;
using System.Text.Json;

namespace DecoupleQ.Grammars.Schemas;

/// <summary>A document with a schema: what its keywords are, and what its references refer to.</summary>
internal sealed class SchemaDocument
{
    // What says nothing about values, or is looked at only where a reference leads there.
    private static readonly HashSet<string> Annotations =
    [
        "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly",
    ];

    // Each with a look at its value, also where the values that it is about are not allowed.
    private static readonly Dictionary<string, Action<SchemaNode>> Supported = new(StringComparer.Ordinal)
    {
        ["$ref"] = value => value.Text(),
        ["allOf"] = CheckSchemas,
        ["anyOf"] = CheckSchemas,
        ["oneOf"] = CheckSchemas,
        ["type"] = CheckTypes,
        ["enum"] = value => value.Items(),
        ["const"] = _ => { },
        ["properties"] = value => value.Members(),
        ["required"] = CheckNames,
        ["additionalProperties"] = CheckSchema,
        ["minProperties"] = value => value.Count(),
        ["maxProperties"] = value => value.Count(),
        ["items"] = CheckSchemaOrList,
        ["prefixItems"] = CheckSchemas,
        ["additionalItems"] = CheckSchema,
        ["minItems"] = value => value.Count(),
        ["maxItems"] = value => value.Count(),
        ["uniqueItems"] = value => value.Flag(),
        ["minLength"] = value => value.Count(),
        ["maxLength"] = value => value.Count(),
        ["pattern"] = value => value.Text(),
        ["format"] = value => value.Text(),
        ["minimum"] = value => value.Number(),
        ["maximum"] = value => value.Number(),
        ["exclusiveMinimum"] = value => value.Number(),
        ["exclusiveMaximum"] = value => value.Number(),
        ["multipleOf"] = CheckStep,
    };

    private static readonly string[] Drafts = ["2020-12/schema", "2019-09/schema", "draft-07/schema", "draft-06/schema"];

    private readonly bool _refHidesOthers;
    private readonly HashSet<string> _checked = [];

    /// <param name="root">The schema.</param>
    /// <exception cref="DecoupleQException">It is none, or of another draft.</exception>
    public SchemaDocument(JsonElement root)
    {
        Root = new(root, "#");
        if (Root.Keyword("$schema") is { } draft)
        {
            string uri = draft.Text().TrimEnd('#');
            if (!Array.Exists(Drafts, known => uri.EndsWith(known, StringComparison.Ordinal)))
            {
                throw draft.Error("It is no draft that is supported.", "draft 2020-12, 2019-09, 7 or 6");
            }
            _refHidesOthers = uri.Contains("draft-0", StringComparison.Ordinal);
        }
        Check(Root);
    }

    public SchemaNode Root { get; }

    /// <summary>Checks the keywords of a schema.</summary>
    /// <exception cref="DecoupleQException">It is no schema, or has a keyword that is not supported.</exception>
    public SchemaNode Check(SchemaNode schema)
    {
        if (schema.IsTrue || schema.IsFalse || !_checked.Add(schema.Pointer))
        {
            return schema;
        }
        if (schema.Element.ValueKind != JsonValueKind.Object)
        {
            throw schema.Error("It is no schema.", "an object, true or false");
        }
        foreach ((string name, SchemaNode value) in schema.Members())
        {
            if (!Supported.TryGetValue(name, out Action<SchemaNode>? check) && !Annotations.Contains(name))
            {
                throw value.Error(
                    $"The keyword {name} is not supported.",
                    "a schema that says the same without it; docs/structured-output.md has the list of those that are supported");
            }
            check?.Invoke(value);
            if (_refHidesOthers && name != "$ref" && check is not null && schema.Keyword("$ref") is not null)
            {
                throw value.Error(
                    $"Beside $ref the keyword {name} has no effect before draft 2019-09.",
                    "$schema of draft 2020-12, or allOf with the reference and the rest");
            }
        }
        return schema;
    }

    /// <summary>What a reference refers to.</summary>
    /// <param name="reference">The value of <c>$ref</c>.</param>
    /// <exception cref="DecoupleQException">It is none within the document, or leads nowhere.</exception>
    public SchemaNode Resolve(SchemaNode reference)
    {
        string text = reference.Text();
        if (Root.Keyword("$id") is { } id && text.StartsWith(id.Text().TrimEnd('#'), StringComparison.Ordinal))
        {
            text = text[id.Text().TrimEnd('#').Length..];
            text = text.Length == 0 ? "#" : text;
        }
        if (text != "#" && !text.StartsWith("#/", StringComparison.Ordinal))
        {
            throw reference.Error("It refers to another document, or to an anchor.", "# or #/... within the same schema, such as #/$defs/name");
        }
        SchemaNode target = Root;
        foreach (string part in text.Split('/').Skip(1))
        {
            string name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            SchemaNode? next = target.Element.ValueKind == JsonValueKind.Array
                ? int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < target.Element.GetArrayLength()
                    ? target.Items().ElementAt(index)
                    : null
                : target.Keyword(name);
            target = next ?? throw reference.Error("It leads nowhere.", "the place of a schema in this document");
        }
        return Check(target);
    }

    private static void CheckSchema(SchemaNode value)
    {
        if (value.Element.ValueKind is not (JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False))
        {
            throw value.Error("It is no schema.", "an object, true or false");
        }
    }

    private static void CheckTypes(SchemaNode value)
    {
        if (value.Element.ValueKind == JsonValueKind.Array && !value.Items().Any())
        {
            throw value.Error("It is empty.", "at least one type");
        }
    }

    private static void CheckSchemas(SchemaNode value)
    {
        if (!value.Items().Any())
        {
            throw value.Error("It is empty.", "at least one schema");
        }
    }

    private static void CheckSchemaOrList(SchemaNode value)
    {
        if (value.Element.ValueKind != JsonValueKind.Array)
        {
            CheckSchema(value);
        }
    }

    private static void CheckNames(SchemaNode value)
    {
        foreach (SchemaNode name in value.Items())
        {
            name.Text();
        }
    }

    private static void CheckStep(SchemaNode value)
    {
        if (value.Number().Sign <= 0)
        {
            throw value.Error("It is not above 0.", "a number above 0");
        }
    }
}
