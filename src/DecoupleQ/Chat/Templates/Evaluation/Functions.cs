using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>The functions that every template can call.</summary>
internal static class Functions
{
    // The bound of Jinja's sandbox.
    private const long LongestRange = 100_000;

    /// <summary>A scope with the functions.</summary>
    public static Scope Scope()
    {
        var scope = new Scope(null);
        Add("raise_exception", RaiseException);
        Add(
            "strftime_now",
            (run, arguments) => Strftime.Format(run, run.Now, Conversions.RequireText(run, arguments.Bind(run, 1, "format")[0]!, "The format").Text));
        Add("range", Range);
        Add("namespace", Namespace);
        Add("dict", Dictionary);
        Add("cycler", (run, arguments) => arguments.Positional.Count > 0 && arguments.Named.Count == 0
            ? new CyclerValue(arguments.Positional)
            : throw run.Fail($"{arguments.Callee} cannot be used with these arguments.", "values to be taken in turn"));
        Add("joiner", (run, arguments) => new JoinerValue(arguments.Bind(run, 0, "sep")[0] ?? TextValue.Of(", ")));
        Add(
            "lipsum",
            (run, _) => throw run.Fail("The function 'lipsum' writes random text, which is not supported.", "text of the template's own"));
        return scope;

        void Add(string name, Func<TemplateRun, Arguments, Value> body) => scope.Set(name, new FunctionValue(name, body));
    }

    private static Value RaiseException(TemplateRun run, Arguments arguments)
    {
        TextValue message = Conversions.Print(run, arguments.Bind(run, 1, "message")[0]!);
        throw run.Fail($"The template refuses the conversation: {message.Text}", "a conversation that the template takes");
    }

    private static ListValue Range(TemplateRun run, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 1, "start", "stop", "step");
        long[] bounds = [.. given.OfType<Value>().Select(value => Conversions.RequireInteger(run, value, "A bound of range"))];
        (long start, long stop, long step) = (bounds.Length > 1 ? bounds[0] : 0, bounds[Math.Min(1, bounds.Length - 1)], bounds.Length > 2 ? bounds[2] : 1);
        if (step == 0)
        {
            throw run.Fail("The step of range is 0.", "a step that is not 0");
        }
        // In 128 bits, as the bounds may be any integers.
        Int128 distance = step > 0 ? (Int128)stop - start : (Int128)start - stop;
        Int128 width = step > 0 ? step : -(Int128)step;
        Int128 count = distance <= 0 ? 0 : (distance + width - 1) / width;
        if (count > LongestRange)
        {
            throw run.Fail("The range is too long.", $"at most {LongestRange} numbers");
        }
        run.MakeList((long)count);
        run.MakeValues((long)count);
        return new ListValue([.. Enumerable.Range(0, (int)count).Select(i => new IntegerValue(start + i * step))]);
    }

    private static NamespaceValue Namespace(TemplateRun run, Arguments arguments)
    {
        var made = new NamespaceValue();
        foreach ((Value key, Value value) in Dictionary(run, arguments).Entries)
        {
            made.Attributes[Conversions.RequireText(run, key, "The name of an attribute").Text] = value;
        }
        return made;
    }

    private static MappingValue Dictionary(TemplateRun run, Arguments arguments)
    {
        IEnumerable<(Value, Value)> first = arguments.Positional switch
        {
            [] => [],
            [MappingValue mapping] => mapping.Entries,
            [Value pairs] => Conversions.Items(run, pairs).Select(pair => Conversions.Items(run, pair) is [Value key, Value value]
                ? (key, value)
                : throw run.Fail("An item is no pair of key and value.", "pairs of key and value")),
            _ => throw run.Fail($"{arguments.Callee} cannot be used with these arguments.", "NAME=VALUE, or one mapping or list of pairs"),
        };
        return Mappings.Of(run, first.Concat(arguments.Named.Select(argument => ((Value)TextValue.Of(argument.Name), argument.Value))));
    }
}
