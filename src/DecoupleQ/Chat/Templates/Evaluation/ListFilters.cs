using System.Globalization;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Filters on lists.</summary>
internal static class ListFilters
{
    public static Value First(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return Conversions.Items(run, input) is [Value first, ..] ? first : new UndefinedValue("There is no first item.");
    }

    public static Value Last(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return Conversions.Items(run, input) is [.., Value last] ? last : new UndefinedValue("There is no last item.");
    }

    /// <summary>Any of the items; which one changes from rendering to rendering, as in Jinja.</summary>
    public static Value Random(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        IReadOnlyList<Value> items = Conversions.Items(run, input);
        return items.Count > 0 ? items[System.Random.Shared.Next(items.Count)] : new UndefinedValue("There is no item to be chosen.");
    }

    public static ListValue ToList(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return new ListValue(Conversions.Items(run, input));
    }

    public static Value Reverse(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        IReadOnlyList<Value> items = Conversions.Items(run, input);
        run.MakeList(items.Count);
        IReadOnlyList<Value> reversed = [.. items.Reverse()];
        return input switch
        {
            SafeTextValue => new SafeTextValue(Reversed()),
            TextValue => Reversed(),
            _ => new ListValue(reversed),
        };

        TextValue Reversed() => Texts.Join(run, TextValue.Empty, [.. reversed.Cast<TextValue>()]);
    }

    public static TextValue Join(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "d", "attribute");
        IReadOnlyList<Value> all = Conversions.Items(run, input);
        run.MakeList(all.Count);
        IEnumerable<Value> items = all;
        if (given[1] is Value attribute and not NoneValue)
        {
            items = items.Select(item => AttributeAt(run, item, attribute));
        }
        return Texts.Join(run, Conversions.Print(run, given[0] ?? TextValue.Empty), [.. items.Select(item => Conversions.Print(run, item))]);
    }

    /// <summary><c>map(attribute='a.b', default=c)</c>, or <c>map('filter', arguments of the filter)</c>.</summary>
    public static ListValue Map(TemplateRun run, Value input, Arguments arguments)
    {
        IReadOnlyList<Value> items = ItemsIfTrue(run, input);
        run.MakeList(items.Count);
        if (arguments.Positional is [Value first, ..])
        {
            string filter = Conversions.RequireText(run, first, "The first argument of map").Text;
            Arguments rest = arguments with { Callee = $"The filter '{filter}'", Positional = [.. arguments.Positional.Skip(1)] };
            return new ListValue([.. items.Select(item => Filters.Apply(run, filter, item, rest))]);
        }
        Value?[] given = arguments.Bind(run, 1, "attribute", "default");
        return new ListValue([.. items.Select(item => AttributeAt(run, item, given[0]!, given[1]))]);
    }

    /// <summary>
    /// <c>select('test', arguments)</c>, <c>selectattr('attribute', 'test', arguments)</c> and their opposites; without a test, items that count as true.
    /// </summary>
    public static ListValue Select(TemplateRun run, Value input, Arguments arguments, bool byAttribute, bool keeps)
    {
        IReadOnlyList<Value> given = arguments.Positional;
        if (byAttribute && given.Count == 0)
        {
            throw run.Fail($"{arguments.Callee} lacks an argument.", "the name of an attribute");
        }
        Value? attribute = byAttribute ? given[0] : null;
        given = [.. given.Skip(byAttribute ? 1 : 0)];
        string? test = given.Count > 0 ? Conversions.RequireText(run, given[0], "The name of the test").Text : null;
        Arguments rest = arguments with { Callee = $"The test '{test}'", Positional = [.. given.Skip(1)] };
        IReadOnlyList<Value> items = ItemsIfTrue(run, input);
        run.MakeList(items.Count);
        return new ListValue(
        [
            .. items.Where(item =>
            {
                run.SpendItems(1);
                Value value = attribute is null ? item : AttributeAt(run, item, attribute);
                return keeps == (test is null ? value.IsTrue : Tests.Holds(run, test, value, rest));
            }),
        ]);
    }

    public static ListValue Unique(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "case_sensitive", "attribute");
        var seen = new List<Value>();
        var items = new List<Value>();
        foreach (Value item in Conversions.Items(run, input))
        {
            Value key = given[1] is Value attribute and not NoneValue ? AttributeAt(run, item, attribute) : item;
            key = key is TextValue text && !(given[0]?.IsTrue ?? false) ? Texts.Lower(run, text) : key;
            run.MakeList(2);
            if (!seen.Exists(known => Comparisons.AreEqual(run, known, key)))
            {
                seen.Add(key);
                items.Add(item);
            }
        }
        return new ListValue(items);
    }

    // These filters do not ask what has no items for them if it counts as false.
    private static IReadOnlyList<Value> ItemsIfTrue(TemplateRun run, Value input) => input.IsTrue ? Conversions.Items(run, input) : [];

    /// <summary>The item at a path such as <c>a.b.0</c>.</summary>
    public static Value AttributeAt(TemplateRun run, Value item, Value path, Value? byDefault = null)
    {
        if (path is not TextValue text)
        {
            return Operators.Item(run, item, path);
        }
        run.Spend(text.Text.Length);
        run.Make(2L * text.Text.Length);
        foreach (string part in text.Text.Split('.'))
        {
            run.SpendItems(4);
            Value index = part.All(char.IsAsciiDigit) && long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                ? new IntegerValue(number)
                : TextValue.Of(part);
            item = Operators.Item(run, item, index);
            item = item is UndefinedValue && byDefault is not null and not NoneValue ? byDefault : item;
        }
        return item;
    }
}
