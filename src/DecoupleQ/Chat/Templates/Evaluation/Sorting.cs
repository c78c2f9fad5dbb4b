using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Stable sorting of values.</summary>
internal static class Sorting
{
    /// <summary>The filter <c>sort</c>; several attributes stand with commas between them.</summary>
    public static Value Filter(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "reverse", "case_sensitive", "attribute");
        bool caseSensitive = given[1]?.IsTrue ?? false;
        Func<Value, Value> key = given[2] switch
        {
            null or NoneValue => item => item,
            TextValue attributes when attributes.Text.Contains(',') => item => new ListValue(
                [.. Attributes(attributes.Text).Select(attribute => Folded(run, ListFilters.AttributeAt(run, item, TextValue.Of(attribute)), caseSensitive))]),
            Value attribute => item => ListFilters.AttributeAt(run, item, attribute),
        };
        return Sort(run, Conversions.Items(run, input), key, caseSensitive, given[0]?.IsTrue ?? false);

        string[] Attributes(string text)
        {
            run.Spend(text.Length);
            run.MakeList(text.AsSpan().Count(','));
            return text.Split(',');
        }
    }

    /// <summary>The items in ascending or descending order of their keys; equal ones stay in order.</summary>
    /// <exception cref="DecoupleQException">Two keys cannot be put in order.</exception>
    public static ListValue Sort(TemplateRun run, IReadOnlyList<Value> items, Func<Value, Value> key, bool caseSensitive, bool descending)
    {
        if (items.Count < 2)
        {
            return new ListValue(items);
        }
        run.MakeList(4L * items.Count);
        (Value Item, Value Key)[] pairs = [.. items.Select(item => (item, Folded(run, key(item), caseSensitive)))];
        run.Spend(pairs.Length * (1 + long.Log2(pairs.Length)));
        var order = Comparer<Value>.Create((a, b) => Comparisons.AreEqual(run, a, b) ? 0 : Comparisons.Order(run, a, b) < 0 ? -1 : 1);
        try
        {
            IEnumerable<(Value Item, Value Key)> sorted =
                descending ? pairs.OrderByDescending(pair => pair.Key, order) : pairs.OrderBy(pair => pair.Key, order);
            return new ListValue([.. sorted.Select(pair => pair.Item)]);
        }
        catch (InvalidOperationException error) when (error.InnerException is DecoupleQException refused)
        {
            // The library's sort wraps what a comparison throws.
            throw refused;
        }
    }

    /// <summary>A key without its case, if it is a text and case does not count.</summary>
    public static Value Folded(TemplateRun run, Value key, bool caseSensitive) =>
        caseSensitive || key is not (TextValue or SafeTextValue) ? key : Texts.Lower(run, Conversions.RequireText(run, key, "The key"));
}
