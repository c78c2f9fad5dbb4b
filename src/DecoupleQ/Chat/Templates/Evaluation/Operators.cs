using System.Collections;
using DecoupleQ.Chat.Templates.Syntax;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Operators on values, attributes, items and slices.</summary>
internal static class Operators
{
    /// <summary><c>-a</c> or <c>+a</c>.</summary>
    public static Value Sign(TemplateRun run, string sign, Value operand)
    {
        Number number = Numbers.Of(operand) ?? throw Unusable(run, operand, $"A sign before {operand.Kind} has no meaning.", "a number");
        return Numbers.Calculate(run, sign, new Number(0, 0), number) is FloatValue
            ? new FloatValue(sign == "-" ? -number.Real : number.Real)
            : Numbers.Calculate(run, sign, new Number(0, 0), number);
    }

    /// <summary><c>+ - * / // % **</c></summary>
    public static Value Apply(TemplateRun run, string operation, Value left, Value right)
    {
        if (Numbers.Of(left) is Number a && Numbers.Of(right) is Number b)
        {
            return Numbers.Calculate(run, operation, a, b);
        }
        switch (operation, left, right)
        {
            case ("+", TextValue first, TextValue second):
                var text = new TextBuilder(run);
                text.Append(first);
                text.Append(second);
                return text.ToText();
            case ("+", SafeTextValue, TextValue or SafeTextValue) or ("+", TextValue, SafeTextValue):
                var safe = new TextBuilder(run);
                safe.Append(SafeTexts.Escaped(run, left));
                safe.Append(SafeTexts.Escaped(run, right));
                return new SafeTextValue(safe.ToText());
            case ("*", SafeTextValue repeated, IntegerValue or BooleanValue):
                return new SafeTextValue((TextValue)Repeat(run, repeated.Text, Conversions.RequireInteger(run, right, "The factor")));
            case ("*", IntegerValue or BooleanValue, SafeTextValue repeated):
                return new SafeTextValue((TextValue)Repeat(run, repeated.Text, Conversions.RequireInteger(run, left, "The factor")));
            case ("+", ListValue first, ListValue second) when first.IsTuple == second.IsTuple:
                run.MakeList((long)first.Items.Count + second.Items.Count);
                return new ListValue([.. first.Items, .. second.Items], first.IsTuple);
            case ("*", TextValue or ListValue, IntegerValue or BooleanValue):
                return Repeat(run, left, Conversions.RequireInteger(run, right, "The factor"));
            case ("*", IntegerValue or BooleanValue, TextValue or ListValue):
                return Repeat(run, right, Conversions.RequireInteger(run, left, "The factor"));
            case ("%", TextValue format, _):
                return PrintfFormat.Format(run, format, right);
            case ("%", SafeTextValue format, _):
                return SafeTexts.Formatted(run, format.Text, right);
            default:
                Value culprit = left is UndefinedValue ? left : right is UndefinedValue ? right : left;
                throw Unusable(run, culprit, $"'{operation}' between {left.Kind} and {right.Kind} has no meaning.", "two numbers, two texts or two lists");
        }
    }

    /// <summary><c>of.name</c>: a method or attribute, else the item of a mapping.</summary>
    public static Value Attribute(TemplateRun run, Value of, string name)
    {
        // Names that are computed may be of any length.
        run.Spend(2L * name.Length);
        if (Methods.Has(of, name))
        {
            run.MakeValues(1);
            return new MethodValue(of, name);
        }
        if (Methods.Refused(of, name) is UndefinedValue refused)
        {
            return refused;
        }
        return of switch
        {
            UndefinedValue undefined => throw run.Fail(undefined.Problem, $"a value with the attribute '{name}'"),
            MappingValue mapping => Mappings.Find(run, mapping, name) ?? Missing(of, name),
            NamespaceValue attributes => attributes.Attributes.GetValueOrDefault(name) ?? Missing(of, name),
            FunctionValue { Macro: MacroStatement macro } => MacroAttribute(run, macro, name) ?? Missing(of, name),
            CyclerValue cycler when name == "current" => cycler.Current,
            ListValue { Names: not null } list when list.Names.ToList().IndexOf(name) is int index and >= 0 => list.Items[index],
            LoopValue loop =>
                loop.Find(name) ?? throw run.Fail(
                    $"The loop variable '{Conversions.Shown(name)}' is not supported.",
                    "index, index0, revindex, revindex0, first, last, length, depth, depth0, previtem, nextitem, cycle or changed"),
            _ => Missing(of, name),
        };
    }

    /// <summary><c>of[index]</c>: the item of a list, mapping or text, else a method or attribute; undefined if there is none.</summary>
    public static Value Item(TemplateRun run, Value of, Value index)
    {
        run.Spend(1);
        if (of is SafeTextValue safe && index is IntegerValue or BooleanValue)
        {
            Value character = Item(run, safe.Text, index);
            return character is TextValue found ? new SafeTextValue(found) : character;
        }
        switch (of, index)
        {
            case (UndefinedValue undefined, _):
                throw run.Fail(undefined.Problem, "a value with items");
            case (MappingValue mapping, _) when Mappings.Find(run, mapping, index) is Value value:
                return value;
            case (ListValue list, IntegerValue or BooleanValue):
                long at = FromEnd(Conversions.RequireInteger(run, index, "The index"), list.Items.Count);
                return at >= 0 && at < list.Items.Count ? list.Items[(int)at] : new UndefinedValue($"The list has no item {Conversions.Digits(at)}.");
            case (BytesValue bytes, IntegerValue or BooleanValue):
                at = FromEnd(Conversions.RequireInteger(run, index, "The index"), bytes.Bytes.Length);
                return at >= 0 && at < bytes.Bytes.Length ? new IntegerValue(bytes.Bytes[at]) : new UndefinedValue("The bytes have no such item.");
            case (TextValue text, IntegerValue or BooleanValue):
                CodePoints points = TextParts.CodePointsOf(run, text.Text);
                at = FromEnd(Conversions.RequireInteger(run, index, "The index"), points.Count);
                return at >= 0 && at < points.Count
                    ? text.Part(run, points[(int)at], points[(int)at + 1] - points[(int)at])
                    : new UndefinedValue("The text has no such character.");
            case (_, TextValue name) when of is not UndefinedValue:
                return Attribute(run, of, name.Text);
            default:
                return new UndefinedValue($"{Conversions.Capitalized(of.Kind)} has no such item.");
        }
    }

    /// <summary><c>of[start:stop:step]</c></summary>
    public static Value Slice(TemplateRun run, Value of, Value? start, Value? stop, Value? step)
    {
        if (of is SafeTextValue safe)
        {
            return new SafeTextValue((TextValue)Slice(run, safe.Text, start, stop, step));
        }
        if (of is ListValue list)
        {
            IReadOnlyList<int> places = Indices(run, list.Items.Count, start, stop, step);
            run.MakeList(places.Count);
            return new ListValue([.. places.Select(i => list.Items[i])], list.IsTuple);
        }
        if (of is not TextValue text)
        {
            throw Unusable(run, of, $"{Conversions.Capitalized(of.Kind)} cannot be sliced.", "a list or text");
        }
        CodePoints starts = TextParts.CodePointsOf(run, text.Text);
        IReadOnlyList<int> indices = Indices(run, starts.Count, start, stop, step);
        if (indices.Count > 0 && indices[^1] - indices[0] == indices.Count - 1)
        {
            return text.Part(run, starts[indices[0]], starts[indices[^1] + 1] - starts[indices[0]]);
        }
        var characters = new TextBuilder(run);
        foreach (int i in indices)
        {
            run.SpendItems(1);
            characters.Append(text, starts[i], starts[i + 1] - starts[i]);
        }
        return characters.ToText();
    }

    private static Value? MacroAttribute(TemplateRun run, MacroStatement macro, string name) => name switch
    {
        "name" => TextValue.Of(macro.Name),
        "arguments" => List(run, macro.Parameters.Count, [.. macro.Parameters.Select(parameter => TextValue.Of(parameter.Name))]),
        "catch_kwargs" => BooleanValue.Of(macro.TakesMoreNamed),
        "catch_varargs" => BooleanValue.Of(macro.TakesMore),
        "caller" => BooleanValue.Of(macro.TakesCaller),
        _ => null,
    };

    private static ListValue List(TemplateRun run, int count, IReadOnlyList<Value> items)
    {
        run.MakeList(4L * count);
        return new ListValue(items, isTuple: true);
    }

    private static IReadOnlyList<int> Indices(TemplateRun run, int length, Value? start, Value? stop, Value? step)
    {
        long by = Bound(run, step) ?? 1;
        if (by == 0)
        {
            throw run.Fail("The step of a slice is 0.", "a step that is not 0");
        }
        (long least, long most) = by > 0 ? (0, length) : (-1, length - 1);
        long from = Bound(run, start) is long first ? Math.Clamp(FromEnd(first, length), least, most) : by > 0 ? least : most;
        long to = Bound(run, stop) is long last ? Math.Clamp(FromEnd(last, length), least, most) : by > 0 ? most : least;
        // A stretch, as most slices are, needs no list of its places.
        if (by == 1)
        {
            return new Places((int)from, (int)Math.Max(0, to - from));
        }
        var indices = new List<int>();
        // In 128 bits, as the step may be any integer.
        for (Int128 i = from; by > 0 ? i < to : i > to; i += by)
        {
            run.Spend(2);
            run.Make(8);
            indices.Add((int)i);
        }
        return indices;
    }

    private static long? Bound(TemplateRun run, Value? value) =>
        value is null or NoneValue ? null : Conversions.RequireInteger(run, value, "A bound of the slice");

    private static Value Repeat(TemplateRun run, Value value, long times)
    {
        if (!value.IsTrue)
        {
            return value;
        }
        var text = new TextBuilder(run);
        var items = new List<Value>();
        for (long i = 0; i < times; i++)
        {
            if (value is ListValue list)
            {
                run.MakeList(list.Items.Count);
                items.AddRange(list.Items);
            }
            else
            {
                text.Append((TextValue)value);
            }
        }
        return value is ListValue { IsTuple: bool isTuple } ? new ListValue(items, isTuple) : text.ToText();
    }

    private static long FromEnd(long index, int length) => index < 0 ? index + length : index;

    private static UndefinedValue Missing(Value of, string name) =>
        new($"{Conversions.Capitalized(of.Kind)} has no attribute or key '{Conversions.Shown(name)}'.");

    private static DecoupleQException Unusable(TemplateRun run, Value value, string problem, string expected) =>
        run.Fail(value is UndefinedValue undefined ? undefined.Problem : problem, expected);

    /// <summary>Whole numbers one after another.</summary>
    private sealed class Places(int first, int count) : IReadOnlyList<int>
    {
        public int Count => count;

        public int this[int index] => first + index;

        public IEnumerator<int> GetEnumerator() => Enumerable.Range(first, count).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
