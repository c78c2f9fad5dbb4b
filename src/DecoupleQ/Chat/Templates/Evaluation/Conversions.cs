using System.Globalization;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Takes values as what an operation needs.</summary>
internal static class Conversions
{
    private const int LongestShown = 80;

    /// <summary>The text of a value that must be one.</summary>
    public static TextValue RequireText(TemplateRun run, Value value, string what) =>
        value as TextValue ?? (value as SafeTextValue)?.Text ?? throw run.Fail($"{what} is {value.Kind}.", "a text");

    /// <summary>The number of a value that must be an integer.</summary>
    public static long RequireInteger(TemplateRun run, Value value, string what) => value switch
    {
        IntegerValue integer => integer.Number,
        BooleanValue boolean => boolean.IsTrue ? 1 : 0,
        _ => throw run.Fail($"{what} is {value.Kind}.", "an integer"),
    };

    /// <summary>A text with a capital first.</summary>
    public static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>
    /// The items that a loop over a value goes through: those of a list, the keys of a mapping, the characters of a text; none if it is undefined.
    /// </summary>
    public static IReadOnlyList<Value> Items(TemplateRun run, Value value)
    {
        switch (value)
        {
            case ListValue list:
                run.SpendItems(list.Items.Count);
                return list.Items;
            case MappingValue mapping:
                run.SpendItems(mapping.Keys.Count);
                return mapping.Keys;
            case SafeTextValue safe:
                return Items(run, safe.Text);
            case BytesValue bytes:
                run.MakeValues(bytes.Bytes.Length);
                return [.. bytes.Bytes.Select(number => new IntegerValue(number))];
            case UndefinedValue:
                return [];
            case TextValue text:
                CodePoints points = TextParts.CodePointsOf(run, text.Text);
                run.MakeList(points.Count);
                return [.. Enumerable.Range(0, points.Count).Select(i => text.Part(run, points[i], points[i + 1] - points[i]))];
            default:
                throw run.Fail($"There are no items in {value.Kind}.", "a list, a mapping or a text");
        }
    }

    /// <summary>The text that printing a value gives.</summary>
    public static TextValue Print(TemplateRun run, Value value)
    {
        switch (value)
        {
            case TextValue text:
                return text;
            case SafeTextValue safe:
                return safe.Text;
            case UndefinedValue:
                return TextValue.Empty;
            default:
                var builder = new TextBuilder(run);
                PythonSyntax.Write(run, value, builder);
                return builder.ToText();
        }
    }

    /// <summary>As much of a name as an error can show.</summary>
    public static string Shown(string name) => name.Length <= LongestShown ? name : name[..LongestShown] + "...";

    /// <summary>The text of an integer.</summary>
    public static string Digits(long number) => number.ToString(CultureInfo.InvariantCulture);
}
