using System.Text.Json.Nodes;

namespace DecoupleQ.Tests.Grammars;

/// <summary>Makes schemas by chance, and values that satisfy them by how they were made.</summary>
/// <param name="random">The chance.</param>
internal sealed class RandomSchema(Random random)
{
    private static readonly string[] Names = ["a", "b", "name", "naïve", "q\"uote", "back\\slash", "日本", "id", "values", ""];

    private static readonly string[] Characters = ["a", "\"", "\\", "\n", "é", "日", "😀", " ", "/", "\u0001"];

    private static readonly (string Pattern, string[] Texts)[] Patterns =
    [
        ("^[a-z]{2,5}$", ["ab", "abcde"]),
        ("\\d+", ["x1y", "22", "é3"]),
        ("^(é|ü)+\\.?$", ["é", "üé."]),
        ("^[^\"\\\\]*$", ["", "fine", "日本"]),
        ("a\\nb|\"", ["a\nb", "say \"x\""]),
        ("^[A-ZÜ]\\w*", ["Über", "Hi there"]),
    ];

    private static readonly (string Format, string[] Texts)[] Formats =
    [
        ("date", ["2024-02-29", "1999-12-31"]),
        ("time", ["23:59:59Z", "01:02:03.5+01:00"]),
        ("date-time", ["2026-11-28T21:41:16Z", "2000-02-29T00:00:00.123-08:00"]),
        ("uuid", ["123e4567-e89b-12d3-a456-426614174000"]),
        ("ipv4", ["127.0.0.1", "255.249.1.30"]),
        ("ipv6", ["::1", "2001:db8::8a2e:370:7334"]),
        ("email", ["someone@example.org"]),
        ("hostname", ["example.org", "a-b.c"]),
        ("duration", ["P1Y2M3DT4H5M6S", "PT36H", "P4W"]),
        ("uri", ["https://example.org:80/a/b?c=d&e#f"]),
    ];

    private readonly Dictionary<JsonNode, Func<int, JsonNode?>> _values = new(ReferenceEqualityComparer.Instance);

    /// <summary>A schema with one that it refers to, which may be part of itself.</summary>
    public JsonObject Next()
    {
        JsonObject schema = Of(3), node = new();
        _values[node] = depth => depth <= 0 ? null : new JsonObject { ["next"] = depth > 1 && random.Next(2) == 0 ? Value(node, depth - 1) : null, ["n"] = 7 };
        schema["$defs"] = new JsonObject
        {
            ["node"] = new JsonObject
            {
                ["type"] = new JsonArray("object", "null"),
                ["properties"] = new JsonObject { ["next"] = new JsonObject { ["$ref"] = "#/$defs/node" }, ["n"] = new JsonObject { ["type"] = "integer" } },
                ["required"] = new JsonArray("next"),
                ["additionalProperties"] = false,
            },
        };
        _node = node;
        return schema;
    }

    private JsonObject? _node;

    /// <summary>A value that satisfies a schema that this has made.</summary>
    public JsonNode? Value(JsonNode schema, int depth = 4) => _values[schema](depth);

    private JsonObject Of(int depth)
    {
        JsonObject schema = random.Next(depth > 0 ? 16 : 9) switch
        {
            0 => Text(),
            1 => Pattern(),
            2 => Format(),
            3 => Integer(),
            4 => Number(),
            5 => Made(new JsonObject { ["type"] = "boolean" }, _ => random.Next(2) == 0),
            6 => Constants(),
            7 => Made(
                new JsonObject { ["type"] = new JsonArray("string", "null", "integer"), ["maxLength"] = 3 },
                _ => random.Next(3) switch { 0 => "é\n", 1 => null, _ => -5 }),
            8 => Made(new JsonObject { ["$ref"] = "#/$defs/node" }, left => _values[_node!](left)),
            9 or 10 => List(depth),
            11 => Tuple(depth),
            12 => AnyOf(depth),
            13 => OneOf(depth),
            14 => AllOf(),
            _ => Record(depth),
        };
        if (random.Next(5) == 0)
        {
            schema["description"] = "of no account";
        }
        return schema;
    }

    private JsonObject Made(JsonObject schema, Func<int, JsonNode?> value)
    {
        _values[schema] = value;
        return schema;
    }

    private JsonObject Text()
    {
        int least = random.Next(4), most = least + random.Next(12);
        var schema = new JsonObject { ["type"] = "string" };
        if (random.Next(2) == 0)
        {
            schema["minLength"] = least;
        }
        if (random.Next(2) == 0)
        {
            schema["maxLength"] = most;
        }
        return Made(schema, _ => string.Concat(Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => Characters[random.Next(Characters.Length)])));
    }

    private JsonObject Pattern()
    {
        (string pattern, string[] texts) = Patterns[random.Next(Patterns.Length)];
        var schema = new JsonObject { ["type"] = "string", ["pattern"] = pattern };
        if (random.Next(3) == 0)
        {
            schema["maxLength"] = texts.Max(text => text.Length) + 3;
        }
        return Made(schema, _ => texts[random.Next(texts.Length)]);
    }

    private JsonObject Format()
    {
        (string format, string[] texts) = Formats[random.Next(Formats.Length)];
        return Made(new JsonObject { ["type"] = "string", ["format"] = format }, _ => texts[random.Next(texts.Length)]);
    }

    private JsonObject Integer()
    {
        int low = random.Next(-120, 120), high = low + random.Next(300), step = random.Next(1, 8);
        var schema = new JsonObject { ["type"] = "integer" };
        schema[random.Next(2) == 0 ? "minimum" : "exclusiveMinimum"] = low;
        schema[random.Next(2) == 0 ? "maximum" : "exclusiveMaximum"] = high + (2 * step) + 1;
        bool steps = random.Next(2) == 0;
        if (steps)
        {
            schema["multipleOf"] = step;
        }
        return Made(schema, _ => steps ? (int)Math.Ceiling((low + 1.0) / step) * step : random.Next(low + 1, high + 2));
    }

    private JsonObject Number()
    {
        decimal low = random.Next(-5000, 5000) / 100m, high = low + (random.Next(1, 5000) / 1000m);
        return random.Next(4) switch
        {
            0 => Made(new JsonObject { ["type"] = "number" }, _ => (JsonNode)((decimal)random.Next(-9999, 9999) / 8)),
            1 => Made(new JsonObject { ["type"] = "number", ["multipleOf"] = 0.25m }, _ => (decimal)random.Next(-99, 99) / 4),
            2 => Made(new JsonObject { ["type"] = "number", ["minimum"] = low }, _ => low + random.Next(3)),
            _ => Made(
                new JsonObject { ["type"] = "number", ["exclusiveMinimum"] = low, ["maximum"] = high },
                _ => random.Next(2) == 0 ? high : (low + high) / 2),
        };
    }

    private JsonObject Constants()
    {
        string[] all = ["\"x\"", "\"é\\n\\\"\"", "null", "1.50", "-3", "true", "{\"a\":[1,{}]}", "[]", "\"日本語\"", "\"xy\""];
        string[] some = [.. all.Where(_ => random.Next(3) == 0).DefaultIfEmpty("0")];
        return random.Next(4) == 0
            ? Made(new JsonObject { ["const"] = JsonNode.Parse(some[0]) }, _ => JsonNode.Parse(some[0]))
            : Made(
                new JsonObject { ["enum"] = new JsonArray([.. some.Select(text => JsonNode.Parse(text))]) },
                _ => JsonNode.Parse(some[random.Next(some.Length)]));
    }

    private JsonObject List(int depth)
    {
        JsonObject items = Of(depth - 1);
        int least = random.Next(3), most = least + random.Next(4);
        var schema = new JsonObject { ["type"] = "array", ["items"] = items };
        if (random.Next(2) == 0)
        {
            schema["minItems"] = least;
        }
        if (random.Next(2) == 0)
        {
            schema["maxItems"] = most;
        }
        return Made(schema, left => new JsonArray([.. Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => Value(items, left - 1))]));
    }

    private JsonObject Tuple(int depth)
    {
        JsonObject[] prefix = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Of(depth - 1))];
        int least = random.Next(prefix.Length + 1);
        var schema = new JsonObject { ["type"] = "array", ["prefixItems"] = new JsonArray([.. prefix]), ["minItems"] = least };
        if (random.Next(2) == 0)
        {
            schema["items"] = false;
        }
        return Made(schema, left => new JsonArray([.. prefix.Take(random.Next(least, prefix.Length + 1)).Select(item => Value(item, left - 1))]));
    }

    private JsonObject AnyOf(int depth)
    {
        JsonObject[] all = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Of(depth - 1))];
        return Made(new JsonObject { ["anyOf"] = new JsonArray([.. all]) }, left => Value(all[random.Next(all.Length)], left));
    }

    private JsonObject OneOf(int depth)
    {
        JsonObject first = Of(depth - 1), second = Of(depth - 1);
        return Made(
            new JsonObject { ["oneOf"] = new JsonArray(Tagged("one", first), Tagged("two", second), new JsonObject { ["type"] = "integer" }) },
            left => random.Next(3) switch
            {
                0 => new JsonObject { ["kind"] = "one", ["value"] = Value(first, left - 1) },
                1 => new JsonObject { ["kind"] = "two", ["value"] = Value(second, left - 1) },
                _ => 3,
            });

        static JsonObject Tagged(string kind, JsonObject value) => new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["kind"] = new JsonObject { ["const"] = kind }, ["value"] = value },
            ["required"] = new JsonArray("kind", "value"),
            ["additionalProperties"] = false,
        };
    }

    private JsonObject AllOf() => Made(
        new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["a"] = new JsonObject { ["type"] = "integer", ["minimum"] = 3 } },
            ["allOf"] = new JsonArray(
                new JsonObject
                {
                    ["properties"] = new JsonObject { ["a"] = new JsonObject { ["maximum"] = 12 }, ["b"] = new JsonObject { ["type"] = "string" } },
                },
                new JsonObject
                {
                    ["required"] = new JsonArray("b"),
                    ["additionalProperties"] = new JsonObject { ["type"] = new JsonArray("integer", "string") },
                }),
        },
        _ => random.Next(2) == 0 ? new JsonObject { ["a"] = random.Next(3, 13), ["b"] = "é" } : new JsonObject { ["b"] = "" });

    private JsonObject Record(int depth)
    {
        string[] names = [.. Names.Where(_ => random.Next(3) == 0)];
        var properties = new JsonObject();
        foreach (string name in names)
        {
            properties[name] = Of(depth - 1);
        }
        string[] required = [.. names.Where(_ => random.Next(2) == 0)];
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = properties,
            ["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]),
        };
        JsonObject? others = null;
        switch (random.Next(3))
        {
            case 0:
                schema["additionalProperties"] = false;
                break;
            case 1:
                schema["additionalProperties"] = others = Of(0);
                break;
        }
        return Made(schema, left =>
        {
            var value = new JsonObject();
            foreach (string name in names.Where(name => required.Contains(name) || left > 0 && random.Next(2) == 0))
            {
                value[name] = Value(properties[name]!, left - 1);
            }
            if (others is not null && random.Next(2) == 0)
            {
                value["other\t\"1\""] = Value(others, 0);
                value["nam"] = Value(others, 0);
            }
            return value;
        });
    }
}
