using System.Globalization;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>The filters: <c>value | name(arguments)</c>.</summary>
internal static class Filters
{
    private delegate Value Filter(TemplateRun run, Value input, Arguments arguments);

    private static readonly Dictionary<string, Filter> ByName = new()
    {
        ["abs"] = Absolute,
        ["capitalize"] = (run, input, arguments) => OnText(run, input, arguments, Texts.Capitalize),
        ["count"] = Length,
        ["d"] = Default,
        ["default"] = Default,
        ["dictsort"] = Mappings.Sort,
        ["first"] = ListFilters.First,
        ["float"] = ToFloat,
        ["indent"] = Indent,
        ["int"] = ToInteger,
        ["items"] = Items,
        ["join"] = ListFilters.Join,
        ["last"] = ListFilters.Last,
        ["length"] = Length,
        ["list"] = ListFilters.ToList,
        ["lower"] = (run, input, arguments) => OnText(run, input, arguments, Texts.Lower),
        ["map"] = ListFilters.Map,
        ["reject"] = (run, input, arguments) => ListFilters.Select(run, input, arguments, byAttribute: false, keeps: false),
        ["rejectattr"] = (run, input, arguments) => ListFilters.Select(run, input, arguments, byAttribute: true, keeps: false),
        ["replace"] = Replace,
        ["reverse"] = ListFilters.Reverse,
        ["safe"] = Safe,
        ["select"] = (run, input, arguments) => ListFilters.Select(run, input, arguments, byAttribute: false, keeps: true),
        ["selectattr"] = (run, input, arguments) => ListFilters.Select(run, input, arguments, byAttribute: true, keeps: true),
        ["sort"] = Sorting.Filter,
        ["string"] = ToText,
        ["title"] = (run, input, arguments) => OnText(run, input, arguments, Title),
        ["tojson"] = JsonSyntax.Filter,
        ["trim"] = Trim,
        ["unique"] = ListFilters.Unique,
        ["upper"] = (run, input, arguments) => OnText(run, input, arguments, Texts.Upper),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys];

    public static bool Contains(string name) => ByName.ContainsKey(name);

    /// <summary>The value that a filter makes of <paramref name="input"/>.</summary>
    public static Value Apply(TemplateRun run, string name, Value input, Arguments arguments)
    {
        run.Spend(input is TextValue text ? text.Text.Length : 1);
        return ByName.TryGetValue(name, out Filter? filter)
            ? filter(run, input, arguments)
            : throw run.Fail($"The filter '{name}' is not supported.", "one of " + string.Join(", ", Names));
    }

    private static TextValue OnText(TemplateRun run, Value input, Arguments arguments, Func<TemplateRun, TextValue, TextValue> change)
    {
        arguments.None(run);
        return change(run, PlainText(run, input));
    }

    private static TextValue Trim(TemplateRun run, Value input, Arguments arguments) =>
        Texts.Strip(run, PlainText(run, input), arguments.Bind(run, 0, "chars")[0], TextEnds.Both);

    private static TextValue Replace(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 2, "old", "new", "count");
        long most = given[2] is null or NoneValue ? -1 : Conversions.RequireInteger(run, given[2]!, "The argument count");
        return Texts.Replace(run, PlainText(run, input), PlainText(run, given[0]!), PlainText(run, given[1]!), most);
    }

    /// <summary>Words with a capital first; other than the method, a word begins only after a space, hyphen or opening bracket.</summary>
    private static TextValue Title(TemplateRun run, TextValue text)
    {
        var words = new TextBuilder(run);
        int start = 0;
        for (int i = 0; i <= text.Text.Length; i++)
        {
            if (i == text.Text.Length || PythonText.IsWhiteSpace(text.Text[i]) || text.Text[i] is '-' or '(' or '{' or '[' or '<')
            {
                int end = Math.Min(i + 1, text.Text.Length);
                words.Append(Texts.Capitalize(run, text.Slice(start, end - start)));
                start = end;
            }
        }
        return words.ToText();
    }

    private static TextValue Indent(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "width", "first", "blank");
        TextValue text = Conversions.RequireText(run, input, "The input of indent");
        TextValue indent = given[0] switch
        {
            null => TextValue.Of("    "),
            TextValue prefix => prefix,
            Value width => Spaces(run, Conversions.RequireInteger(run, width, "The argument width")),
        };
        var indented = new TextBuilder(run);
        var lines = new TextBuilder(run);
        lines.Append(text);
        lines.Append("\n");
        foreach ((int index, TextValue line) in TextSplitting.Lines(run, lines.ToText()).Index())
        {
            indented.Append(index > 0 ? "\n" : "");
            if (index > 0 ? line.IsTrue || (given[2]?.IsTrue ?? false) : given[1]?.IsTrue ?? false)
            {
                indented.Append(indent);
            }
            indented.Append(line);
        }
        return indented.ToText();
    }

    private static TextValue Spaces(TemplateRun run, long width) => width <= 1024
        ? TextValue.Of(new string(' ', (int)Math.Max(0, width)))
        : throw run.Fail($"The argument width is {width}.", "at most 1024");

    private static IntegerValue Length(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return new IntegerValue(input switch
        {
            TextValue text => PythonText.Length(text.Text),
            SafeTextValue safe => PythonText.Length(safe.Text.Text),
            ListValue list => list.Items.Count,
            MappingValue mapping => mapping.Keys.Count,
            UndefinedValue => 0,
            _ => throw run.Fail($"{char.ToUpperInvariant(input.Kind[0]) + input.Kind[1..]} has no length.", "a text, list or mapping"),
        });
    }

    private static Value Default(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "default_value", "boolean");
        return input is UndefinedValue || (given[1]?.IsTrue ?? false) && !input.IsTrue ? given[0] ?? TextValue.Empty : input;
    }

    private static ListValue Items(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return input switch
        {
            MappingValue mapping => Mappings.Items(run, mapping),
            UndefinedValue => new ListValue([]),
            _ => throw run.Fail($"The input of items is {input.Kind}.", "a mapping"),
        };
    }

    private static Value ToText(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return input is SafeTextValue ? input : Conversions.Print(run, input);
    }

    private static SafeTextValue Safe(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return input as SafeTextValue ?? new SafeTextValue(Conversions.Print(run, input));
    }

    private static Value Absolute(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        Number number = Numbers.Of(input) ?? throw run.Fail($"The input of abs is {input.Kind}.", "a number");
        return number.Real < 0 ? Operators.Sign(run, "-", input) : Operators.Sign(run, "+", input);
    }

    private static Value ToInteger(TemplateRun run, Value input, Arguments arguments)
    {
        Value? byDefault = arguments.Bind(run, 0, "default")[0];
        switch (input)
        {
            case UndefinedValue undefined:
                throw run.Fail(undefined.Problem, "a value to make an integer of");
            case FloatValue { Number: double real } when Math.Abs(real) < long.MaxValue:
                return new IntegerValue((long)real);
            case IntegerValue or BooleanValue:
                return new IntegerValue(Conversions.RequireInteger(run, input, "The input of int"));
            case TextValue text when long.TryParse(Stripped(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer):
                return new IntegerValue(integer);
            case TextValue text when Parse(text) is double real && Math.Abs(real) < long.MaxValue:
                return new IntegerValue((long)real);
            default:
                return byDefault ?? new IntegerValue(0);
        }
    }

    private static Value ToFloat(TemplateRun run, Value input, Arguments arguments)
    {
        Value? byDefault = arguments.Bind(run, 0, "default")[0];
        return input switch
        {
            UndefinedValue undefined => throw run.Fail(undefined.Problem, "a value to make a number of"),
            TextValue text when Parse(text) is double real => new FloatValue(real),
            _ when Numbers.Of(input) is Number number => new FloatValue(number.Real),
            _ => byDefault ?? new FloatValue(0),
        };
    }

    private static string Stripped(TextValue text) => text.Strip(PythonText.WhiteSpace, TextEnds.Both).Text;

    private static double? Parse(TextValue text) =>
        double.TryParse(
            Stripped(text), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture,
            out double real)
            ? real
            : null;

    private static TextValue PlainText(TemplateRun run, Value value) => value is SafeTextValue
        ? throw run.Fail("A change of text marked as safe is not supported.", "'safe' after all other filters")
        : Conversions.Print(run, value);
}
