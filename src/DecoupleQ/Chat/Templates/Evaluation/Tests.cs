using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>The tests: <c>value is name(arguments)</c>.</summary>
internal static class Tests
{
    private delegate bool Test(TemplateRun run, Value value);

    private static readonly Dictionary<string, Test> ByName = new()
    {
        ["boolean"] = (_, value) => value is BooleanValue,
        ["callable"] = (_, value) => value is FunctionValue or MethodValue,
        ["defined"] = (_, value) => value is not UndefinedValue,
        ["even"] = (run, value) => Remainder(run, value, new IntegerValue(2)) == 0,
        ["false"] = (_, value) => value == BooleanValue.False,
        ["filter"] = (_, value) => value is TextValue name && Filters.Contains(name.Text),
        ["float"] = (_, value) => value is FloatValue,
        ["integer"] = (_, value) => value is IntegerValue,
        ["iterable"] = (_, value) => value is TextValue or SafeTextValue or ListValue or MappingValue or UndefinedValue or LoopValue,
        ["lower"] = (run, value) => IsCase(run, value, Texts.Lower, Texts.Upper),
        ["mapping"] = (_, value) => value is MappingValue,
        ["none"] = (_, value) => value is NoneValue,
        ["number"] = (_, value) => value is IntegerValue or FloatValue or BooleanValue,
        ["odd"] = (run, value) => Remainder(run, value, new IntegerValue(2)) == 1,
        ["sequence"] = (_, value) => value is TextValue or SafeTextValue or ListValue or MappingValue or UndefinedValue,
        ["string"] = (_, value) => value is TextValue or SafeTextValue,
        ["test"] = (_, value) => value is TextValue name && Contains(name.Text),
        ["true"] = (_, value) => value == BooleanValue.True,
        ["undefined"] = (_, value) => value is UndefinedValue,
        ["upper"] = (run, value) => IsCase(run, value, Texts.Upper, Texts.Lower),
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
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys, .. ComparisonOf.Keys, "divisibleby"];

    private static bool Contains(string name) => Names.Contains(name);

    public static bool Holds(TemplateRun run, string name, Value value, Arguments arguments)
    {
        if (ByName.TryGetValue(name, out Test? test))
        {
            arguments.None(run);
            return test(run, value);
        }
        if (ComparisonOf.TryGetValue(name, out string? comparison))
        {
            return Comparisons.Holds(run, comparison, value, arguments.Bind(run, 1, "other")[0]!);
        }
        return name == "divisibleby"
            ? Remainder(run, value, arguments.Bind(run, 1, "num")[0]!) == 0
            : throw run.Fail($"The test '{name}' is not supported.", "one of " + string.Join(", ", Names));
    }

    private static double Remainder(TemplateRun run, Value value, Value divisor) =>
        Numbers.Of(Operators.Apply(run, "%", value, divisor)) is Number remainder ? remainder.Real : throw run.Fail("The test needs a number.", "a number");

    // As in Python, a text without letters has no case.
    private static bool IsCase(TemplateRun run, Value value, Func<TemplateRun, TextValue, TextValue> change, Func<TemplateRun, TextValue, TextValue> opposite)
    {
        TextValue text = Conversions.Print(run, value);
        run.Spend(2L * text.Text.Length);
        return change(run, text).Text == text.Text && opposite(run, text).Text != text.Text;
    }
}
