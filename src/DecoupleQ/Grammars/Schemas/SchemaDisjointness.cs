using System.Text.Json;

namespace DecoupleQ.Grammars.Schemas;

/// <summary>Whether no value satisfies both of two schemas, as far as types, constants and required properties show.</summary>
/// <param name="document">The document.</param>
internal sealed class SchemaDisjointness(SchemaDocument document)
{
    private const int MostWork = 100_000, MostDepth = 8, MostReferences = 16;
    private const long MostComparisons = 1_000_000;

    private int _work;

    /// <param name="one">Schemas that all apply.</param>
    /// <param name="other">Others.</param>
    public bool AreApart(IReadOnlyList<SchemaNode> one, IReadOnlyList<SchemaNode> other) => AreApart(one, other, 0);

    /// <summary>The types that schemas which all apply leave.</summary>
    public static SchemaTypes Types(IReadOnlyList<SchemaNode> schemas) =>
        schemas.Aggregate(SchemaTypes.All, (types, schema) => types & (schema.IsFalse ? SchemaTypes.None : SchemaTypeNames.Of(schema)));

    /// <summary>The constants that schemas which all apply leave; null where none of them has any.</summary>
    public static List<JsonElement>? Constants(IReadOnlyList<SchemaNode> schemas)
    {
        List<JsonElement>? left = null;
        foreach (SchemaNode schema in schemas)
        {
            if (schema.Keyword("const") is { } constant)
            {
                Keep(constant, [constant.Element]);
            }
            if (schema.Keyword("enum") is { } list)
            {
                Keep(list, [.. list.Items().Select(item => item.Element)]);
            }
        }
        return left;

        void Keep(SchemaNode keyword, List<JsonElement> values)
        {
            if ((left?.Count ?? 0L) * values.Count > MostComparisons)
            {
                throw keyword.Error("There are too many constants, with others that apply.", $"at most {MostComparisons} pairs of them");
            }
            left = left is null ? values : [.. left.Where(value => values.Exists(other => JsonElement.DeepEquals(value, other)))];
        }
    }

    private bool AreApart(IReadOnlyList<SchemaNode> one, IReadOnlyList<SchemaNode> other, int depth)
    {
        if (++_work > MostWork || depth > MostDepth)
        {
            return false;
        }
        SchemaTypes types = Types(one) & Types(other);
        if (types == SchemaTypes.None)
        {
            return true;
        }
        (List<JsonElement>? some, List<JsonElement>? others) = (Constants(one), Constants(other));
        if (some is not null && others is not null)
        {
            if ((long)some.Count * others.Count > MostWork - _work)
            {
                return false;
            }
            _work += some.Count * others.Count;
            return !some.Exists(value => others.Exists(another => JsonElement.DeepEquals(value, another)));
        }
        if ((some ?? others) is { } values)
        {
            return values.TrueForAll(value => (SchemaTypeNames.Of(value) & types) == SchemaTypes.None);
        }
        return types == SchemaTypes.Object && (ForbidsRequired(one, other) || ForbidsRequired(other, one) || HaveApartMember(one, other, depth));
    }

    private static bool ForbidsRequired(IReadOnlyList<SchemaNode> one, IReadOnlyList<SchemaNode> other) =>
        ObjectSchemas.Required(other).Any(name => ObjectSchemas.Of(one, name).Any(schema => schema.IsFalse));

    private bool HaveApartMember(IReadOnlyList<SchemaNode> one, IReadOnlyList<SchemaNode> other, int depth) =>
        ObjectSchemas.Required(one).Intersect(ObjectSchemas.Required(other)).Any(name =>
            AreApart(Plain(ObjectSchemas.Of(one, name)), Plain(ObjectSchemas.Of(other, name)), depth + 1));

    // With what references of the member's own lead to; what they combine could only take further values away.
    private List<SchemaNode> Plain(IReadOnlyList<SchemaNode> schemas)
    {
        List<SchemaNode> all = [.. schemas.Where(schema => !schema.IsTrue)];
        for (int i = 0; i < all.Count && all.Count <= MostReferences; i++)
        {
            if (!all[i].IsFalse && document.Check(all[i]).Keyword("$ref") is { } reference && document.Resolve(reference) is { IsTrue: false } target)
            {
                all.Add(target);
            }
        }
        return all;
    }
}
