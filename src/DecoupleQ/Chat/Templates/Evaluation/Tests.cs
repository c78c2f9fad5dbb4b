using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>The tests: <c>value is name(arguments)</c>.</summary>
internal static class Tests
{
    private delegate bool Test(TemplateRun run, Value value);

    private static readonly Dictionary<string, Test> ByName = new()
    {
        ["boolean"] = (_, value) => value is BooleanValue,
        ["callable"] = (_, value) => value is FunctionValue or MethodValue or JoinerValue,
        ["defined"] = (_, value) => value is not UndefinedValue,
        ["escaped"] = (_, value) => value is SafeTextValue,
        ["even"] = (run, value) => Remainder(run, value, new IntegerValue(2)) == 0,
        ["false"] = (_, value) => value == BooleanValue.False,
        ["filter"] = (run, value) => value is TextValue name && Filters.Contains(Counted(run, name)),
        ["float"] = (_, value) => value is FloatValue,
        ["integer"] = (_, value) => value is IntegerValue,
        ["iterable"] = (_, value) => value is TextValue or SafeTextValue or BytesValue or ListValue or MappingValue or UndefinedValue or LoopValue,
        ["lower"] = (run, value) => PythonCharacters.IsLower(Text(run, value)),
        ["mapping"] = (_, value) => value is MappingValue,
        ["none"] = (_, value) => value is NoneValue,
        ["number"] = (_, value) => value is IntegerValue or FloatValue or BooleanValue,
        ["odd"] = (run, value) => Remainder(run, value, new IntegerValue(2)) == 1,
        ["sequence"] = (_, value) => value is TextValue or SafeTextValue or BytesValue or ListValue or MappingValue or UndefinedValue or LoopValue,
        ["string"] = (_, value) => value is TextValue or SafeTextValue,
        ["test"] = (run, value) => value is TextValue name && Contains(Counted(run, name)),
        ["true"] = (_, value) => value == BooleanValue.True,
        ["undefined"] = (_, value) => value is UndefinedValue,
        ["upper"] = (run, value) => PythonCharacters.IsUpper(Text(run, value)),
    };

    private static readonly Dictionary<string, string> ComparisonOf = new()
    {
        ["=="] = "==",
        ["eq"] = "==",
        ["equalto"] = "==",
        ["!="] = "!=",
        ["ne"] = "!=",
        ["<"] = "<",
        ["lt"] = "<",
        ["lessthan"] = "<",
        ["<="] = "<=",
        ["le"] = "<=",
        [">"] = ">",
        ["gt"] = ">",
        ["greaterthan"] = ">",
        [">="] = ">=",
        ["ge"] = ">=",
        ["in"] = "in",
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys, .. ComparisonOf.Keys, "divisibleby", "sameas"];

    private static bool Contains(string name) => Names.Contains(name);

    public static bool Holds(TemplateRun run, string name, Value value, Arguments arguments)
    {
        run.SpendItems(2);
        run.Spend(name.Length);
        if (ByName.TryGetValue(name, out Test? test))
        {
            arguments.None(run);
            return test(run, value);
        }
        if (ComparisonOf.TryGetValue(name, out string? comparison))
        {
            return Comparisons.Holds(run, comparison, value, arguments.Bind(run, 1, "other")[0]!);
        }
        if (name == "sameas")
        {
            return AreSame(run, value, arguments.Bind(run, 1, "other")[0]!);
        }
        return name == "divisibleby"
            ? Remainder(run, value, arguments.Bind(run, 1, "num")[0]!) == 0
            : throw run.Fail($"The test '{name}' is not supported.", "one of " + string.Join(", ", Names));
    }

    private static double Remainder(TemplateRun run, Value value, Value divisor) =>
        Numbers.Of(Operators.Apply(run, "%", value, divisor)) is Number remainder ? remainder.Real : throw run.Fail("The test needs a number.", "a number");

    private static string Counted(TemplateRun run, TextValue name)
    {
        run.Spend(name.Text.Length);
        return name.Text;
    }

    private static string Text(TemplateRun run, Value value)
    {
        string text = Conversions.Print(run, value).Text;
        run.Spend((long)Texts.LookUpWork * text.Length);
        return text;
    }

    /// <summary>Whether two values are one and the same: of what has parts by identity, of what has none by type and value.</summary>
    private static bool AreSame(TemplateRun run, Value left, Value right) => ReferenceEquals(left, right)
        || left.GetType() == right.GetType() && left is not (ListValue or MappingValue or NamespaceValue or FloatValue or UndefinedValue)
            && Comparisons.AreEqual(run, left, right);
}
