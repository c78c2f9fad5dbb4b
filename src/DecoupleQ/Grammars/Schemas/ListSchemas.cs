using System.Text.Json;
using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Grammars.Json;

namespace DecoupleQ.Grammars.Schemas;

/// <summary>What schemas that all apply to a value say of arrays.</summary>
/// <param name="compile">What values satisfy schemas that all apply.</param>
internal sealed class ListSchemas(Func<IReadOnlyList<SchemaNode>, Expression> compile)
{
    /// <summary>The arrays.</summary>
    /// <exception cref="DecoupleQException">A keyword is wrong, or not supported as it is used.</exception>
    public Expression Lists(IReadOnlyList<SchemaNode> schemas)
    {
        (int least, int? most) = (0, null);
        var first = new List<List<SchemaNode>>();
        var rests = new List<(int From, SchemaNode Schema)>();
        foreach (SchemaNode schema in schemas)
        {
            least = Math.Max(least, schema.Keyword("minItems")?.Count() ?? 0);
            most = schema.Keyword("maxItems")?.Count() is int count ? Math.Min(count, most ?? int.MaxValue) : most;
            (SchemaNode[] prefix, SchemaNode? rest) = Items(schema);
            for (int i = 0; i < prefix.Length; i++)
            {
                if (i == first.Count)
                {
                    first.Add([]);
                }
                first[i].Add(prefix[i]);
            }
            if (rest is { } others)
            {
                rests.Add((prefix.Length, others));
            }
        }
        foreach (SchemaNode schema in schemas)
        {
            if (schema.Keyword("uniqueItems") is { } unique && unique.Flag() && !(most <= 1))
            {
                throw unique.Error("Arrays without equal items are not supported.", "uniqueItems: false, or maxItems: 1");
            }
        }
        for (int i = 0; i < first.Count; i++)
        {
            first[i].AddRange(rests.Where(rest => rest.From <= i).Select(rest => rest.Schema));
        }
        return most < least ? Expression.Nothing : List([.. first.Select(compile)], compile([.. rests.Select(rest => rest.Schema)]), least, most);
    }

    private static (SchemaNode[] Prefix, SchemaNode? Others) Items(SchemaNode schema)
    {
        SchemaNode? items = schema.Keyword("items"), more = schema.Keyword("additionalItems");
        if (schema.Keyword("prefixItems") is { } prefix)
        {
            return more is { } old && items is null
                ? throw old.Error("Beside prefixItems it has no effect.", "items for the other items")
                : ([.. prefix.Items()], items);
        }
        // Before draft 2020-12 a list of schemas was called items.
        if (items is { Element.ValueKind: JsonValueKind.Array } list)
        {
            return ([.. list.Items()], more);
        }
        return ([], items);
    }

    // State 0 has read the opening bracket; state i the first i items; then one that has read more, and the end.
    private static Diagram List(Expression[] first, Expression rest, int least, int? most)
    {
        var steps = new List<List<(Expression?, int)>>();
        int final = first.Length + 2;
        for (int i = 0; i <= final; i++)
        {
            steps.Add([]);
        }
        Expression comma = JsonExpressions.Comma, close = Expression.Chain(JsonExpressions.Blanks, Expression.Of("]"));
        for (int i = 0; i <= first.Length; i++)
        {
            Expression begin = i == 0 ? Expression.Chain(Expression.Of("["), JsonExpressions.Blanks) : comma;
            if (i < first.Length && !(most <= i))
            {
                steps[i].Add((Expression.Chain(begin, first[i]), i + 1));
            }
            if (i >= least)
            {
                steps[i].Add((i == 0 ? Expression.Chain(begin, Expression.Of("]")) : close, final));
            }
            if (i == first.Length && !(most <= i))
            {
                var others = new Repetition(Expression.Chain(comma, rest), Math.Max(0, least - i - 1), most - i - 1);
                steps[i].Add((Expression.Chain(begin, rest, others), i + 1));
            }
        }
        steps[first.Length + 1].Add((close, final));
        return new(steps, final);
    }
}
