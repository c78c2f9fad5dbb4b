using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Grammars.Json;

namespace DecoupleQ.Grammars.Schemas;

/// <summary>
/// What schemas that all apply to a value say of objects. Members come in the order in which the schemas name them, then required ones that no schema
/// describes, then others.
/// </summary>
/// <param name="compile">What values satisfy schemas that all apply.</param>
internal sealed class ObjectSchemas(Func<IReadOnlyList<SchemaNode>, Expression> compile)
{
    private const int MostMembers = 5_000;

    /// <summary>The objects.</summary>
    /// <exception cref="DecoupleQException">A keyword is wrong, or not supported as it is used.</exception>
    public Expression Objects(IReadOnlyList<SchemaNode> schemas)
    {
        IReadOnlyList<string> names = Names(schemas);
        if (names.Count > MostMembers)
        {
            throw schemas[0].Error("It has too many members.", $"at most {MostMembers}");
        }
        HashSet<string> required = Required(schemas);
        IReadOnlyList<SchemaNode> others = [.. schemas.Select(schema => schema.Keyword("additionalProperties")).OfType<SchemaNode>()];
        CheckCounts(schemas, names.Count, required.Count, others.Any(other => other.IsFalse));
        (string Name, Expression Value)[] members = [.. names
            .Select(name => (name, Of(schemas, name)))
            .Where(member => required.Contains(member.name) || !member.Item2.Any(schema => schema.IsFalse))
            .Select(member => (member.name, compile(member.Item2)))];
        Expression? more = others.Any(other => other.IsFalse)
            ? null
            : JsonExpressions.Member(
                JsonExpressions.Quoted(ByteMachine.Except(JsonSpelling.ShortlyEscaped, names.Select(JsonSpelling.Content))), compile(others));
        return Object(members, required, more);
    }

    /// <summary>The names that schemas have for members, in order.</summary>
    public static IReadOnlyList<string> Names(IReadOnlyList<SchemaNode> schemas) =>
    [
        .. schemas.SelectMany(schema => schema.Keyword("properties")?.Members().Select(member => member.Name) ?? [])
            .Concat(schemas.SelectMany(RequiredBy))
            .Distinct(),
    ];

    /// <summary>The names of members that must be there.</summary>
    public static HashSet<string> Required(IReadOnlyList<SchemaNode> schemas) => [.. schemas.SelectMany(RequiredBy)];

    /// <summary>The schemas that apply to a member.</summary>
    public static IReadOnlyList<SchemaNode> Of(IReadOnlyList<SchemaNode> schemas, string name) =>
    [
        .. schemas.Select(schema => schema.Keyword("properties") is { } properties && properties.Members().Any() && properties.Keyword(name) is { } own
            ? own
            : schema.Keyword("additionalProperties")).OfType<SchemaNode>(),
    ];

    private static IEnumerable<string> RequiredBy(SchemaNode schema) => schema.Keyword("required")?.Items().Select(item => item.Text()) ?? [];

    private static void CheckCounts(IReadOnlyList<SchemaNode> schemas, int named, int required, bool isClosed)
    {
        foreach (SchemaNode schema in schemas)
        {
            if (schema.Keyword("minProperties") is { } least && least.Count() > required)
            {
                throw least.Error("It asks for more members than are required by name.", "required with the names of the members");
            }
            if (schema.Keyword("maxProperties") is { } most && (!isClosed || most.Count() < named))
            {
                throw most.Error(
                    "It allows fewer members than the schema describes.", "additionalProperties: false, and properties with at most so many members");
            }
        }
    }

    // Of each member i: "before" it nothing was read, "behind" something, "next" a comma, and at "member" it begins; the same behind the last, for others.
    private static Diagram Object((string Name, Expression Value)[] members, HashSet<string> required, Expression? more)
    {
        const int Kinds = 4;
        int count = members.Length, end = (Kinds * (count + 1)) + 1;
        var steps = new List<(Expression? Read, int Target)>[end + 1];
        for (int i = 0; i < steps.Length; i++)
        {
            steps[i] = [];
        }
        steps[0].Add((Expression.Chain(Expression.Of("{"), JsonExpressions.Blanks), Before(0)));
        bool mayEnd = true;
        for (int i = count; i >= 0; i--)
        {
            Expression? member = i == count ? more : JsonExpressions.Member(new Literal(JsonSpelling.Quoted(members[i].Name)), members[i].Value);
            if (member is not null)
            {
                steps[Member(i)].Add((member, Behind(Math.Min(i + 1, count))));
            }
            steps[Before(i)].Add((null, Member(i)));
            steps[Next(i)].Add((null, Member(i)));
            steps[Behind(i)].Add((JsonExpressions.Comma, Next(i)));
            if (i < count && required.Contains(members[i].Name))
            {
                mayEnd = false;
            }
            else if (i < count)
            {
                steps[Before(i)].Add((null, Before(i + 1)));
                steps[Next(i)].Add((null, Next(i + 1)));
            }
            if (mayEnd)
            {
                steps[Behind(i)].Add((Expression.Chain(JsonExpressions.Blanks, Expression.Of("}")), end));
            }
        }
        steps[Before(count)].Add((Expression.Of("}"), end));
        return new(steps, end);

        static int Before(int i) => (Kinds * i) + 1;
        static int Behind(int i) => (Kinds * i) + 2;
        static int Next(int i) => (Kinds * i) + 3;
        static int Member(int i) => (Kinds * i) + 4;
    }
}
