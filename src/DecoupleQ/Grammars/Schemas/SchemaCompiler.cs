using System.Text.Json;
using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Grammars.Json;

namespace DecoupleQ.Grammars.Schemas;

/// <summary>The JSON values that satisfy a schema, as an expression. What cannot be honoured exactly is refused by its keyword.</summary>
internal sealed class SchemaCompiler
{
    private const int MostSchemas = 20_000;

    private readonly SchemaAlternatives _alternatives;
    private readonly ListSchemas _lists;
    private readonly ObjectSchemas _objects;
    private readonly Dictionary<string, Rule> _rules = new(StringComparer.Ordinal), _plain = new(StringComparer.Ordinal);
    private readonly Queue<(Rule Rule, IReadOnlyList<SchemaNode> Schemas)> _pending = new();

    private SchemaCompiler(SchemaDocument document)
    {
        _alternatives = new(document);
        _lists = new(Rule);
        _objects = new(Rule);
    }

    /// <summary>The values that satisfy a schema.</summary>
    /// <param name="schema">The schema.</param>
    /// <exception cref="DecoupleQException">It is no schema, or says what is not supported.</exception>
    public static Expression Compile(JsonElement schema)
    {
        var document = new SchemaDocument(schema);
        var compiler = new SchemaCompiler(document);
        Rule root = compiler.Rule([document.Root]);
        while (compiler._pending.TryDequeue(out (Rule Rule, IReadOnlyList<SchemaNode> Schemas) next))
        {
            next.Rule.Body = Expression.Either([.. compiler._alternatives.Of(next.Schemas).Select(compiler.Plain)]);
        }
        return root;
    }

    // Bodies are compiled one after the other, so that a schema may be part of itself.
    private Rule Rule(IReadOnlyList<SchemaNode> schemas)
    {
        string key = Key(schemas);
        if (!_rules.TryGetValue(key, out Rule? rule))
        {
            if (_rules.Count >= MostSchemas)
            {
                throw schemas[0].Error("The schema combines too many others.", $"at most {MostSchemas} schemas, those of each combination counted");
            }
            _rules.Add(key, rule = new(key.Length == 0 ? "value" : key));
            if (schemas.Count == 0)
            {
                rule.Body = JsonExpressions.Value;
            }
            else
            {
                _pending.Enqueue((rule, schemas));
            }
        }
        return rule;
    }

    private static string Key(IReadOnlyList<SchemaNode> schemas) => string.Join(' ', schemas.Select(schema => schema.Pointer).Distinct());

    /// <summary>The values that satisfy the keywords of schemas, but for those that combine others.</summary>
    private Rule Plain(List<SchemaNode> schemas)
    {
        string key = Key(schemas);
        if (!_plain.TryGetValue(key, out Rule? rule))
        {
            _plain.Add(key, rule = new(key.Length == 0 ? "value" : key));
            rule.Body = schemas.Count == 0 ? JsonExpressions.Value : Values(schemas);
        }
        return rule;
    }

    private Expression Values(List<SchemaNode> schemas)
    {
        SchemaTypes types = SchemaDisjointness.Types(schemas);
        if (SchemaDisjointness.Constants(schemas) is { } constants)
        {
            return Constants(constants, types, schemas);
        }
        var values = new List<Expression>();
        if (types.HasFlag(SchemaTypes.Object))
        {
            values.Add(_objects.Objects(schemas));
        }
        if (types.HasFlag(SchemaTypes.Array))
        {
            values.Add(_lists.Lists(schemas));
        }
        if (types.HasFlag(SchemaTypes.String))
        {
            values.Add(ScalarSchemas.Strings(schemas));
        }
        if ((types & SchemaTypes.Number) != SchemaTypes.None)
        {
            values.Add(Numbers(schemas, types));
        }
        if (types.HasFlag(SchemaTypes.Boolean))
        {
            values.Add(JsonExpressions.Boolean);
        }
        if (types.HasFlag(SchemaTypes.Null))
        {
            values.Add(JsonExpressions.Null);
        }
        return Expression.Either(values);
    }

    private static Expression Numbers(List<SchemaNode> schemas, SchemaTypes types) =>
        ScalarSchemas.Numbers(schemas, !types.HasFlag(SchemaTypes.Fraction)).ToExpression()
        ?? throw schemas[0].Error("Its numbers take too many states.", "bounds of fewer digits, or a smaller multipleOf");

    private static Expression Constants(List<JsonElement> constants, SchemaTypes types, List<SchemaNode> schemas)
    {
        var isAllowed = new ConstantFilter(schemas);
        JsonElement[] values = [.. constants.Where(value => (SchemaTypeNames.Of(value) & types) != SchemaTypes.None && isAllowed.Allows(value))];
        return Expression.Either(
        [
            ByteMachine.Words(values.Where(value => !IsNested(value)).Select(JsonExpressions.ScalarBytes)),
            .. values.Where(IsNested).Select(JsonExpressions.Constant),
        ]);
    }

    private static bool IsNested(JsonElement value) => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
}
