namespace DecoupleQ.Grammars.Schemas;

/// <summary>
/// Takes a schema apart: references are followed, <c>allOf</c> becomes schemas that all apply, <c>anyOf</c> and <c>oneOf</c> become alternatives, each a list
/// of schemas of which only their other keywords count.
/// </summary>
/// <param name="document">The document.</param>
internal sealed class SchemaAlternatives(SchemaDocument document)
{
    private const int MostAlternatives = 2_000, MostWork = 200_000, MostNesting = 128;

    private readonly SchemaDisjointness _disjointness = new(document);
    private int _work;

    /// <summary>The alternatives of schemas that all apply; none where no value satisfies them.</summary>
    /// <exception cref="DecoupleQException">They are too many, refer to themselves, or a keyword cannot be honoured.</exception>
    public List<List<SchemaNode>> Of(IReadOnlyList<SchemaNode> schemas) => All(schemas, []);

    private List<List<SchemaNode>> All(IEnumerable<SchemaNode> schemas, HashSet<string> path)
    {
        List<List<SchemaNode>> alternatives = [[]];
        foreach (SchemaNode schema in schemas)
        {
            List<List<SchemaNode>> own = One(schema, path);
            if ((long)alternatives.Count * own.Count > MostAlternatives)
            {
                throw schema.Error("It has too many alternatives, with what else applies.", $"at most {MostAlternatives} combinations of anyOf and oneOf");
            }
            alternatives = [.. alternatives.SelectMany(some => own, (some, more) => Merged(some, more))];
        }
        return alternatives;
    }

    private List<SchemaNode> Merged(List<SchemaNode> some, List<SchemaNode> more)
    {
        List<SchemaNode> merged = [.. some, .. more.Where(schema => !some.Exists(other => other.Pointer == schema.Pointer))];
        return (_work += merged.Count) <= MostWork ? merged : throw TooMany(document.Root);
    }

    private List<List<SchemaNode>> One(SchemaNode schema, HashSet<string> path)
    {
        document.Check(schema);
        if (schema.IsTrue)
        {
            return [[]];
        }
        if (schema.IsFalse)
        {
            return [];
        }
        if (++_work > MostWork || path.Count > MostNesting)
        {
            throw TooMany(schema);
        }
        if (!path.Add(schema.Pointer))
        {
            throw schema.Error("It refers to itself without anything between.", "a reference to itself below properties or items");
        }
        var parts = new List<List<List<SchemaNode>>> { new() { new() { schema } } };
        if (schema.Keyword("$ref") is { } reference)
        {
            parts.Add(One(document.Resolve(reference), path));
        }
        if (schema.Keyword("allOf") is { } all)
        {
            parts.Add(All(all.Items(), path));
        }
        if (schema.Keyword("anyOf") is { } any)
        {
            parts.Add([.. any.Items().SelectMany(alternative => One(alternative, path))]);
        }
        if (schema.Keyword("oneOf") is { } one)
        {
            parts.Add(Exclusive(one, path));
        }
        path.Remove(schema.Pointer);
        List<List<SchemaNode>> result = parts[0];
        foreach (List<List<SchemaNode>> part in parts.Skip(1))
        {
            if ((long)result.Count * part.Count > MostAlternatives)
            {
                throw schema.Error("It has too many alternatives, with what else applies.", $"at most {MostAlternatives} combinations of anyOf and oneOf");
            }
            result = [.. result.SelectMany(_ => part, (some, more) => Merged(some, more))];
        }
        return result;
    }

    private List<List<SchemaNode>> Exclusive(SchemaNode one, HashSet<string> path)
    {
        (SchemaNode Schema, List<List<SchemaNode>> Alternatives)[] all = [.. one.Items().Select(schema => (schema, One(schema, path)))];
        for (int i = 0; i < all.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (!all[i].Alternatives.TrueForAll(a => all[j].Alternatives.TrueForAll(b => _disjointness.AreApart(a, b))))
                {
                    throw all[i].Schema.Error(
                        $"A value may satisfy it and {all[j].Schema.Pointer}, and oneOf asks for exactly one.",
                        "anyOf, or alternatives that differ in their type, or in a required property with other const or enum values");
                }
            }
        }
        return [.. all.SelectMany(entry => entry.Alternatives)];
    }

    private static DecoupleQException TooMany(SchemaNode schema) =>
        schema.Error("The schema combines too many others.", $"at most {MostWork} of them, {MostNesting} within one another");
}
