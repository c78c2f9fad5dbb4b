using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Methods of mappings, lists and tuples.</summary>
internal static class ContainerMethods
{
    public delegate Value Method<in T>(TemplateRun run, T receiver, Arguments arguments)
        where T : Value;

    public static IReadOnlyDictionary<string, Method<MappingValue>> OfMappings { get; } = new Dictionary<string, Method<MappingValue>>
    {
        ["get"] = (run, mapping, arguments) =>
        {
            Value?[] given = arguments.Bind(run, 1, "key", "default");
            return mapping.Find(Mappings.Key(run, given[0]!)) ?? given[1] ?? NoneValue.Instance;
        },
        ["items"] = (run, mapping, arguments) =>
        {
            arguments.None(run);
            return Mappings.Items(run, mapping);
        },
        ["keys"] = (run, mapping, arguments) =>
        {
            arguments.None(run);
            return new ListValue(Conversions.Items(run, mapping));
        },
        ["values"] = (run, mapping, arguments) =>
        {
            arguments.None(run);
            run.MakeList(mapping.Values.Count);
            return new ListValue([.. mapping.Values]);
        },
        ["copy"] = (run, mapping, arguments) =>
        {
            arguments.None(run);
            return Mappings.Of(run, mapping.Entries);
        },
        ["fromkeys"] = (run, _, arguments) =>
        {
            Value?[] given = arguments.Bind(run, 1, "keys", "value");
            Value value = given[1] ?? NoneValue.Instance;
            return Mappings.Of(run, Conversions.Items(run, given[0]!).Select(key => (key, value)));
        },
    };

    public static IReadOnlyDictionary<string, Method<ListValue>> OfLists { get; } = new Dictionary<string, Method<ListValue>>
    {
        ["count"] = (run, list, arguments) =>
        {
            Value value = arguments.Bind(run, 1, "value")[0]!;
            return new IntegerValue(list.Items.Count(item => Comparisons.AreEqual(run, item, value)));
        },
        ["index"] = Index,
        ["copy"] = (run, list, arguments) =>
        {
            arguments.None(run);
            run.MakeList(list.Items.Count);
            return new ListValue([.. list.Items]);
        },
    };

    private static IntegerValue Index(TemplateRun run, ListValue list, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 1, "value", "start", "stop");
        (int start, int stop) = Bounds(run, given[1], given[2], list.Items.Count);
        for (int i = start; i < stop; i++)
        {
            if (Comparisons.AreEqual(run, list.Items[i], given[0]!))
            {
                return new IntegerValue(i);
            }
        }
        throw run.Fail($"{Conversions.Capitalized(list.Kind)} does not have the value that its index is asked of.", "a value that is in it");
    }

    /// <summary>Bounds as a slice takes them: from the end if below 0, and within the length.</summary>
    public static (int Start, int Stop) Bounds(TemplateRun run, Value? start, Value? stop, int length)
    {
        return (Bound(start, 0), Bound(stop, length));

        int Bound(Value? value, int byDefault)
        {
            if (value is null or NoneValue)
            {
                return byDefault;
            }
            long bound = Conversions.RequireInteger(run, value, "A bound");
            return (int)Math.Clamp(bound < 0 ? bound + length : bound, 0, length);
        }
    }
}
