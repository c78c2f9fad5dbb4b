using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Stable sorting of values.</summary>
internal static class Sorting
{
    /// <summary>The filter <c>sort</c>.</summary>
    public static Value Filter(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "reverse", "case_sensitive", "attribute");
        Func<Value, Value> key = given[2] is null or NoneValue ? item => item : item => ListFilters.AttributeAt(run, item, given[2]!);
        return Sort(run, Conversions.Items(run, input), key, given[1]?.IsTrue ?? false, given[0]?.IsTrue ?? false);
    }

    /// <summary>The items in ascending or descending order of their keys; equal ones stay in order.</summary>
    /// <exception cref="DecoupleQException">The keys are neither all numbers nor all texts.</exception>
    public static ListValue Sort(TemplateRun run, IReadOnlyList<Value> items, Func<Value, Value> key, bool caseSensitive, bool descending)
    {
        if (items.Count < 2)
        {
            return new ListValue(items);
        }
        Value[] keys = [.. items.Select(item => key(item) is TextValue text && !caseSensitive ? Texts.Lower(run, text) : key(item))];
        // The library's sort must not meet an error, nor work that is not counted.
        long characters = keys.Sum(value => value is TextValue text ? text.Text.Length : 1L);
        run.Spend((characters + keys.Length) * (1 + long.Log2(keys.Length)));
        if (keys.All(value => value is TextValue))
        {
            return Sort(items, [.. keys.Cast<TextValue>().Select(text => text.Text)], PythonText.Compare, descending);
        }
        Number[] numbers = [
            .. keys.Select(value => Numbers.Of(value) ?? throw run.Fail($"A list with {value.Kind} cannot be sorted.", "only numbers, or only texts"))
        ];
        return Sort(items, numbers, (a, b) => a.CompareTo(b) == 0 ? 0 : a.CompareTo(b) < 0 ? -1 : 1, descending);
    }

    private static ListValue Sort<TKey>(IReadOnlyList<Value> items, TKey[] keys, Comparison<TKey> comparison, bool descending)
    {
        var order = Comparer<TKey>.Create(comparison);
        IEnumerable<(Value Item, TKey Key)> pairs = items.Zip(keys);
        IEnumerable<(Value Item, TKey Key)> sorted = descending ? pairs.OrderByDescending(pair => pair.Key, order) : pairs.OrderBy(pair => pair.Key, order);
        return new ListValue([.. sorted.Select(pair => pair.Item)]);
    }
}
