using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Lists made of mappings.</summary>
internal static class Mappings
{
    /// <summary>Tuples of key and value, in order.</summary>
    public static ListValue Items(TemplateRun run, MappingValue mapping)
    {
        run.SpendItems(mapping.Keys.Count);
        return new ListValue([.. mapping.Entries.Select(entry => Pair(entry.Key, entry.Value))]);
    }

    /// <summary>The filter <c>dictsort</c>: tuples of key and value, sorted by key without regard to case.</summary>
    public static Value Sort(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "case_sensitive", "by", "reverse");
        bool caseSensitive = given[0]?.IsTrue ?? false;
        bool byValue = given[1] switch
        {
            null or TextValue { Text: "key" } => false,
            TextValue { Text: "value" } => true,
            _ => throw run.Fail("The argument 'by' of dictsort is something else.", "'key' or 'value'"),
        };
        MappingValue mapping = input as MappingValue ?? throw run.Fail($"The input of dictsort is {input.Kind}.", "a mapping");
        return Sorting.Sort(run, Items(run, mapping).Items, pair => ((ListValue)pair).Items[byValue ? 1 : 0], caseSensitive, given[2]?.IsTrue ?? false);
    }

    private static ListValue Pair(Value key, Value value) => new([key, value], isTuple: true);
}
