using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Mappings made, looked into and turned into lists, counted as work of a run.</summary>
internal static class Mappings
{
    // What an entry takes beside its key and value, while its table grows.
    private const int EntryBytes = 96;

    /// <summary>A mapping of entries, whose keys are checked.</summary>
    /// <exception cref="DecoupleQException">A key can be none.</exception>
    public static MappingValue Of(TemplateRun run, IEnumerable<(Value Key, Value Value)> entries)
    {
        run.MakeList(8);
        return new MappingValue(entries.Select(entry =>
        {
            run.SpendItems(2);
            run.Make(EntryBytes);
            return (Key(run, entry.Key), entry.Value);
        }));
    }

    /// <summary>The value of a key, or null; also if it can be none.</summary>
    public static Value? Find(TemplateRun run, MappingValue mapping, Value key)
    {
        if (!IsKey(run, key))
        {
            return null;
        }
        return mapping.Find(key);
    }

    /// <summary>The value of a key that is a text, or null.</summary>
    public static Value? Find(TemplateRun run, MappingValue mapping, string key)
    {
        run.Spend(key.Length);
        return mapping.Find(key);
    }

    /// <summary>A value that must be usable as a key.</summary>
    /// <exception cref="DecoupleQException">It is not.</exception>
    public static Value Key(TemplateRun run, Value value) => IsKey(run, value)
        ? value
        : throw run.Fail($"{Conversions.Capitalized(value.Kind)} cannot be a key.", "a text, a number, a boolean, none, or a tuple of such");

    /// <summary>Tuples of key and value, in order.</summary>
    public static ListValue Items(TemplateRun run, MappingValue mapping)
    {
        run.MakeList(mapping.Keys.Count);
        return new ListValue([.. mapping.Entries.Select(entry => Pair(run, entry.Key, entry.Value))]);
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

    /// <summary>Whether a value can be a key: in Python's terms, whether it can be hashed. What hashing reads of it is counted.</summary>
    private static bool IsKey(TemplateRun run, Value value)
    {
        switch (value)
        {
            case MappingValue or ListValue { IsTuple: false }:
                return false;
            case ListValue tuple:
                run.Enter();
                run.SpendItems(1);
                foreach (Value item in tuple.Items)
                {
                    if (!IsKey(run, item))
                    {
                        run.Leave();
                        return false;
                    }
                }
                run.Leave();
                return true;
            default:
                run.Spend(value switch
                {
                    TextValue text => text.Text.Length,
                    SafeTextValue safe => safe.Text.Text.Length,
                    BytesValue bytes => bytes.Bytes.Length,
                    _ => 4,
                });
                return true;
        }
    }

    private static ListValue Pair(TemplateRun run, Value key, Value value)
    {
        run.MakeList(2);
        return new([key, value], isTuple: true);
    }
}
