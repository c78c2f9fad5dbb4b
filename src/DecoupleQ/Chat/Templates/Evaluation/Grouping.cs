using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Filters that put items together: in groups, batches and slices, or the least and the largest of them.</summary>
internal static class Grouping
{
    private static readonly string[] GroupNames = ["grouper", "list"];

    /// <summary><c>groupby(attribute, default=none, case_sensitive=false)</c>: tuples of an attribute and the items that have it, in its order.</summary>
    public static ListValue GroupBy(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 1, "attribute", "default", "case_sensitive");
        bool caseSensitive = given[2]?.IsTrue ?? false;
        Value? byDefault = given[1] is NoneValue ? null : given[1];
        Value Attribute(Value item) => ListFilters.AttributeAt(run, item, given[0]!, byDefault);
        Value Key(Value item) => Sorting.Folded(run, Attribute(item), caseSensitive);
        var groups = new List<(Value Key, List<Value> Items)>();
        foreach (Value item in Sorting.Sort(run, Conversions.Items(run, input), Key, caseSensitive: true, descending: false).Items)
        {
            Value key = Key(item);
            if (groups.Count == 0 || !Comparisons.AreEqual(run, groups[^1].Key, key))
            {
                run.MakeList(8);
                groups.Add((key, []));
            }
            run.MakeList(1);
            groups[^1].Items.Add(item);
        }
        return new ListValue(
        [
            .. groups.Select(group => new ListValue([Attribute(group.Items[0]), new ListValue(group.Items)], isTuple: true) { Names = GroupNames }),
        ]);
    }

    /// <summary><c>min(case_sensitive=false, attribute=none)</c> or <c>max</c>: of equal ones the first.</summary>
    public static Value Extreme(TemplateRun run, Value input, Arguments arguments, bool isMost)
    {
        Value?[] given = arguments.Bind(run, 0, "case_sensitive", "attribute");
        bool caseSensitive = given[0]?.IsTrue ?? false;
        Value? best = null, bestKey = null;
        foreach (Value item in Conversions.Items(run, input))
        {
            Value key = Sorting.Folded(run, given[1] is null or NoneValue ? item : ListFilters.AttributeAt(run, item, given[1]!), caseSensitive);
            if (bestKey is null || (isMost ? Comparisons.Order(run, bestKey, key) : Comparisons.Order(run, key, bestKey)) < 0)
            {
                (best, bestKey) = (item, key);
            }
        }
        return best ?? new UndefinedValue("There is no least or largest of no items.");
    }

    /// <summary><c>batch(linecount, fill_with=none)</c>: lists of so many items each.</summary>
    public static ListValue Batch(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 1, "linecount", "fill_with");
        long size = Conversions.RequireInteger(run, given[0]!, "The argument linecount");
        IReadOnlyList<Value> items = Conversions.Items(run, input);
        // As in Jinja, a size that is never reached gives one batch.
        size = size < 1 ? long.MaxValue : size;
        var batches = new List<Value>();
        foreach (Value[] chunk in items.Chunk((int)Math.Min(size, Math.Max(1, items.Count))))
        {
            long missing = given[1] is null or NoneValue || size == long.MaxValue ? 0 : size - chunk.Length;
            run.MakeList(chunk.Length + missing);
            run.SpendItems(2);
            batches.Add(new ListValue([.. chunk, .. Enumerable.Repeat(given[1]!, (int)missing)]));
        }
        return new ListValue(batches);
    }

    /// <summary><c>slice(slices, fill_with=none)</c>: so many lists, the first ones longer by one where the items do not divide.</summary>
    public static ListValue Slices(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 1, "slices", "fill_with");
        long slices = Conversions.RequireInteger(run, given[0]!, "The argument slices");
        if (slices == 0)
        {
            throw run.Fail("The argument slices is 0.", "at least 1");
        }
        IReadOnlyList<Value> items = Conversions.Items(run, input);
        run.SpendItems(Math.Max(0, slices));
        run.MakeList(items.Count);
        var lists = new List<Value>();
        int start = 0;
        for (long i = 0; i < slices; i++)
        {
            run.MakeList(4);
            bool isLonger = i < items.Count % slices;
            int length = (int)(items.Count / slices) + (isLonger ? 1 : 0);
            IEnumerable<Value> fill = !isLonger && given[1] is not (null or NoneValue) ? [given[1]!] : [];
            lists.Add(new ListValue([.. items.Skip(start).Take(length), .. fill]));
            start += length;
        }
        return new ListValue(lists);
    }
}
