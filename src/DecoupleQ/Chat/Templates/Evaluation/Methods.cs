using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Methods of texts, mappings and lists, as Python has them.</summary>
internal static class Methods
{
    private delegate Value Method<in T>(TemplateRun run, T receiver, Arguments arguments)
        where T : Value;

    private static readonly Dictionary<string, Method<TextValue>> OfTexts = new()
    {
        ["strip"] = (run, text, arguments) => Strip(run, text, arguments, TextEnds.Both),
        ["lstrip"] = (run, text, arguments) => Strip(run, text, arguments, TextEnds.Left),
        ["rstrip"] = (run, text, arguments) => Strip(run, text, arguments, TextEnds.Right),
        ["upper"] = (run, text, arguments) => Unary(run, text, arguments, Texts.Upper),
        ["lower"] = (run, text, arguments) => Unary(run, text, arguments, Texts.Lower),
        ["title"] = (run, text, arguments) => Unary(run, text, arguments, Texts.Title),
        ["capitalize"] = (run, text, arguments) => Unary(run, text, arguments, Texts.Capitalize),
        ["startswith"] = (run, text, arguments) => HasAffix(run, arguments, affix => text.Text.StartsWith(affix, StringComparison.Ordinal)),
        ["endswith"] = (run, text, arguments) => HasAffix(run, arguments, affix => text.Text.EndsWith(affix, StringComparison.Ordinal)),
        ["removeprefix"] = (run, text, arguments) => RemoveAffix(run, text, arguments, isPrefix: true),
        ["removesuffix"] = (run, text, arguments) => RemoveAffix(run, text, arguments, isPrefix: false),
        ["split"] = (run, text, arguments) => TextSplitting.Split(run, text, arguments, fromRight: false),
        ["rsplit"] = (run, text, arguments) => TextSplitting.Split(run, text, arguments, fromRight: true),
        ["splitlines"] = SplitLines,
        ["replace"] = Replace,
        ["join"] = Join,
        ["find"] = (run, text, arguments) => Find(run, arguments, part => text.Text.IndexOf(part, StringComparison.Ordinal), text.Text),
        ["rfind"] = (run, text, arguments) =>
            Find(run, arguments, part => part.Length == 0 ? text.Text.Length : text.Text.LastIndexOf(part, StringComparison.Ordinal), text.Text),
        ["count"] = Count,
        ["isdigit"] = (run, text, arguments) => Test(run, arguments, text.Text.Length > 0 && text.Text.All(char.IsAsciiDigit)),
        ["isspace"] = (run, text, arguments) => Test(run, arguments, text.Text.Length > 0 && text.Text.All(PythonText.IsWhiteSpace)),
    };

    private static readonly Dictionary<string, Method<MappingValue>> OfMappings = new()
    {
        ["get"] = (run, mapping, arguments) =>
        {
            Value?[] given = arguments.Bind(run, 1, "key", "default");
            return (given[0] is TextValue key ? mapping.Find(key.Text) : null) ?? given[1] ?? NoneValue.Instance;
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
            run.SpendItems(mapping.Keys.Count);
            return new ListValue([.. mapping.Entries.Select(entry => entry.Value)]);
        },
    };

    private static readonly Dictionary<string, Method<ListValue>> OfLists = new()
    {
        ["count"] = (run, list, arguments) => new IntegerValue(list.Items.Count(item => Comparisons.AreEqual(run, item, arguments.Bind(run, 1, "value")[0]!))),
    };

    // What Python's own types have as well; they hide entries of a mapping just the same.
    private static readonly HashSet<string> OthersOfMappings = ["clear", "copy", "fromkeys", "pop", "popitem", "setdefault", "update"];
    private static readonly HashSet<string> OthersOfLists = ["append", "clear", "copy", "extend", "index", "insert", "pop", "remove", "reverse", "sort"];

    private static readonly HashSet<string> OthersOfTexts =
    [
        "casefold", "center", "encode", "expandtabs", "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isidentifier", "islower",
        "isnumeric", "isprintable", "istitle", "isupper", "ljust", "maketrans", "partition", "rindex", "rjust", "rpartition", "swapcase", "translate", "zfill",
    ];

    /// <summary>Whether a value has a method of this name.</summary>
    public static bool Has(Value value, string name) => value switch
    {
        TextValue or SafeTextValue => OfTexts.ContainsKey(name) || OthersOfTexts.Contains(name),
        MappingValue => OfMappings.ContainsKey(name) || OthersOfMappings.Contains(name),
        ListValue => OfLists.ContainsKey(name) || OthersOfLists.Contains(name),
        _ => false,
    };

    /// <summary>Calls a method.</summary>
    public static Value Call(TemplateRun run, MethodValue method, Arguments arguments)
    {
        switch (method.Receiver)
        {
            case TextValue text when OfTexts.TryGetValue(method.Name, out Method<TextValue>? body):
                run.Spend(text.Text.Length);
                return body(run, text, arguments);
            case MappingValue mapping when OfMappings.TryGetValue(method.Name, out Method<MappingValue>? body):
                return body(run, mapping, arguments);
            case ListValue list when OfLists.TryGetValue(method.Name, out Method<ListValue>? body):
                return body(run, list, arguments);
            default:
                IEnumerable<string> known = method.Receiver switch
                {
                    TextValue => OfTexts.Keys,
                    MappingValue => OfMappings.Keys,
                    ListValue => OfLists.Keys,
                    _ => ["none"],
                };
                throw run.Fail($"The method '{method.Name}' of {method.Receiver.Kind} is not supported.", "one of " + string.Join(", ", known));
        }
    }

    private static TextValue Strip(TemplateRun run, TextValue text, Arguments arguments, TextEnds ends) =>
        Texts.Strip(run, text, arguments.Bind(run, 0, "characters")[0], ends);

    private static TextValue Unary(TemplateRun run, TextValue text, Arguments arguments, Func<TemplateRun, TextValue, TextValue> change)
    {
        arguments.None(run);
        return change(run, text);
    }

    private static BooleanValue Test(TemplateRun run, Arguments arguments, bool result)
    {
        arguments.None(run);
        return BooleanValue.Of(result);
    }

    private static BooleanValue HasAffix(TemplateRun run, Arguments arguments, Func<string, bool> test)
    {
        Value affixes = arguments.Bind(run, 1, "affix")[0]!;
        IReadOnlyList<Value> candidates = affixes is ListValue { IsTuple: true } tuple ? tuple.Items : [affixes];
        return BooleanValue.Of(candidates.Any(affix =>
        {
            string text = Conversions.RequireText(run, affix, $"The argument of {arguments.Callee}").Text;
            run.Spend(text.Length);
            return test(text);
        }));
    }

    private static TextValue RemoveAffix(TemplateRun run, TextValue text, Arguments arguments, bool isPrefix)
    {
        string affix = Conversions.RequireText(run, arguments.Bind(run, 1, "affix")[0]!, $"The argument of {arguments.Callee}").Text;
        run.Spend(affix.Length);
        int rest = text.Text.Length - affix.Length;
        return isPrefix
            ? text.Text.StartsWith(affix, StringComparison.Ordinal) ? text.Slice(affix.Length, rest) : text
            : text.Text.EndsWith(affix, StringComparison.Ordinal) ? text.Slice(0, rest) : text;
    }

    private static ListValue SplitLines(TemplateRun run, TextValue text, Arguments arguments)
    {
        arguments.None(run);
        return new ListValue(TextSplitting.Lines(run, text));
    }

    private static TextValue Replace(TemplateRun run, TextValue text, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 2, "old", "new", "count");
        return Texts.Replace(
            run,
            text,
            Conversions.RequireText(run, given[0]!, "The text to be replaced"),
            Conversions.RequireText(run, given[1]!, "The replacement"),
            given[2] is Value count ? Conversions.RequireInteger(run, count, "The argument count") : -1);
    }

    private static TextValue Join(TemplateRun run, TextValue separator, Arguments arguments)
    {
        IReadOnlyList<Value> items = Conversions.Items(run, arguments.Bind(run, 1, "items")[0]!);
        return Texts.Join(run, separator, [.. items.Select(item => Conversions.RequireText(run, item, "An item to be joined"))]);
    }

    private static IntegerValue Find(TemplateRun run, Arguments arguments, Func<string, int> find, string text)
    {
        int at = find(Conversions.RequireText(run, arguments.Bind(run, 1, "part")[0]!, $"The argument of {arguments.Callee}").Text);
        return new IntegerValue(at < 0 ? -1 : PythonText.Length(text[..at]));
    }

    private static IntegerValue Count(TemplateRun run, TextValue text, Arguments arguments)
    {
        string part = Conversions.RequireText(run, arguments.Bind(run, 1, "part")[0]!, $"The argument of {arguments.Callee}").Text;
        return new IntegerValue(part.Length == 0 ? PythonText.Length(text.Text) + 1 : text.Text.AsSpan().Count(part));
    }
}
