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
    public static ListValue Sort(TemplateRun run, IReadOnlyList<Value> items, Func<Value, Value> key, bool caseSensitive, bool descending)
    {
        Value Key(Value item) => key(item) is TextValue text && !caseSensitive ? Texts.Lower(run, text) : key(item);
        var order = Comparer<Value>.Create((a, b) =>
        {
            run.Spend(1);
            return Comparisons.Order(run, a, b) is int first && first != 0 ? first : -Math.Sign(Comparisons.Order(run, b, a));
        });
        (Value Item, Value Key)[] keyed = [.. items.Select(item => (item, Key(item)))];
        IEnumerable<(Value Item, Value Key)> sorted = descending ? keyed.OrderByDescending(pair => pair.Key, order) : keyed.OrderBy(pair => pair.Key, order);
        return new ListValue([.. sorted.Select(pair => pair.Item)]);
    }
}
