using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Methods of texts.</summary>
internal static class TextMethods
{
    public delegate Value Method(TemplateRun run, TextValue text, Arguments arguments);

    public static IReadOnlyDictionary<string, Method> ByName { get; } = new Dictionary<string, Method>
    {
        ["capitalize"] = (run, text, arguments) => Unary(run, text, arguments, Texts.Capitalize),
        ["casefold"] = (run, text, arguments) => Unary(run, text, arguments, Texts.CaseFold),
        ["center"] = (run, text, arguments) => Justify(run, text, arguments, Texts.Center),
        ["count"] = Count,
        ["encode"] = TextEncoding.Encode,
        ["endswith"] = (run, text, arguments) => HasAffix(run, text, arguments, (part, affix) => part.EndsWith(affix, StringComparison.Ordinal)),
        ["expandtabs"] = ExpandTabs,
        ["find"] = (run, text, arguments) => new IntegerValue(Find(run, text, arguments, fromRight: false)),
        ["format"] = (run, text, arguments) => new TextFormat(
            run, arguments.Positional, name => arguments.Named.Where(argument => argument.Name == name).Select(argument => argument.Value).FirstOrDefault())
            .Format(text),
        ["format_map"] = FormatMap,
        ["index"] = (run, text, arguments) => Found(run, Find(run, text, arguments, fromRight: false)),
        ["isalnum"] = (run, text, arguments) => All(run, text, arguments, PythonCharacters.IsAlphanumeric),
        ["isalpha"] = (run, text, arguments) => All(run, text, arguments, PythonCharacters.IsAlphabetic),
        ["isascii"] = (run, text, arguments) => Test(run, arguments, text.Text.All(char.IsAscii)),
        ["isdecimal"] = (run, text, arguments) => All(run, text, arguments, PythonCharacters.IsDecimal),
        ["isdigit"] = (run, text, arguments) => All(run, text, arguments, PythonCharacters.IsDigit),
        ["isidentifier"] = (run, text, arguments) => Test(run, arguments, PythonCharacters.IsIdentifier(text.Text)),
        ["islower"] = (run, text, arguments) => Test(run, arguments, PythonCharacters.IsLower(text.Text)),
        ["isnumeric"] = (run, text, arguments) => All(run, text, arguments, PythonCharacters.IsNumeric),
        ["isprintable"] = (run, text, arguments) => Test(run, arguments, text.Text.EnumerateRunes().All(PythonCharacters.IsPrintable)),
        ["isspace"] = (run, text, arguments) => Test(run, arguments, text.Text.Length > 0 && text.Text.All(PythonText.IsWhiteSpace)),
        ["istitle"] = (run, text, arguments) => Test(run, arguments, PythonCharacters.IsTitle(text.Text)),
        ["isupper"] = (run, text, arguments) => Test(run, arguments, PythonCharacters.IsUpper(text.Text)),
        ["join"] = Join,
        ["ljust"] = (run, text, arguments) => Justify(run, text, arguments, (_, missing, _) => (0, missing)),
        ["lower"] = (run, text, arguments) => Unary(run, text, arguments, Texts.Lower),
        ["lstrip"] = (run, text, arguments) => Strip(run, text, arguments, TextEnds.Left),
        ["maketrans"] = TextTranslation.Table,
        ["partition"] = (run, text, arguments) => Partition(run, text, arguments, fromRight: false),
        ["removeprefix"] = (run, text, arguments) => RemoveAffix(run, text, arguments, isPrefix: true),
        ["removesuffix"] = (run, text, arguments) => RemoveAffix(run, text, arguments, isPrefix: false),
        ["replace"] = Replace,
        ["rfind"] = (run, text, arguments) => new IntegerValue(Find(run, text, arguments, fromRight: true)),
        ["rindex"] = (run, text, arguments) => Found(run, Find(run, text, arguments, fromRight: true)),
        ["rjust"] = (run, text, arguments) => Justify(run, text, arguments, (_, missing, _) => (missing, 0)),
        ["rpartition"] = (run, text, arguments) => Partition(run, text, arguments, fromRight: true),
        ["rsplit"] = (run, text, arguments) => TextSplitting.Split(run, text, arguments, fromRight: true),
        ["rstrip"] = (run, text, arguments) => Strip(run, text, arguments, TextEnds.Right),
        ["split"] = (run, text, arguments) => TextSplitting.Split(run, text, arguments, fromRight: false),
        ["splitlines"] = (run, text, arguments) =>
            new ListValue(TextSplitting.Lines(run, text, arguments.Bind(run, 0, "keepends")[0]?.IsTrue ?? false)),
        ["startswith"] = (run, text, arguments) => HasAffix(run, text, arguments, (part, affix) => part.StartsWith(affix, StringComparison.Ordinal)),
        ["strip"] = (run, text, arguments) => Strip(run, text, arguments, TextEnds.Both),
        ["swapcase"] = (run, text, arguments) => Unary(run, text, arguments, Texts.SwapCase),
        ["title"] = (run, text, arguments) => Unary(run, text, arguments, Texts.Title),
        ["translate"] = TextTranslation.Translate,
        ["upper"] = (run, text, arguments) => Unary(run, text, arguments, Texts.Upper),
        ["zfill"] = FillWithZeros,
    };

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

    private static BooleanValue All(TemplateRun run, TextValue text, Arguments arguments, Func<System.Text.Rune, bool> holds) =>
        Test(run, arguments, text.Text.Length > 0 && text.Text.EnumerateRunes().All(holds));

    private static BooleanValue HasAffix(TemplateRun run, TextValue text, Arguments arguments, Func<string, string, bool> test)
    {
        Value?[] given = arguments.Bind(run, 1, "affix", "start", "end");
        IReadOnlyList<Value> candidates = given[0] is ListValue { IsTuple: true } tuple ? tuple.Items : [given[0]!];
        (_, string? part) = Part(run, text, given[1], given[2]);
        return BooleanValue.Of(candidates.Any(affix =>
        {
            string candidate = Conversions.RequireText(run, affix, $"The argument of {arguments.Callee}").Text;
            run.Spend(candidate.Length);
            return part is not null && test(part, candidate);
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

    private static TextValue FormatMap(TemplateRun run, TextValue text, Arguments arguments)
    {
        Value given = arguments.Bind(run, 1, "mapping")[0]!;
        MappingValue mapping = given as MappingValue ?? throw run.Fail($"The argument of {arguments.Callee} is {given.Kind}.", "a mapping");
        return new TextFormat(run, [], mapping.Find).Format(text);
    }

    /// <summary>Where a part is, in code points from the start of the text; -1 if it is not there.</summary>
    private static int Find(TemplateRun run, TextValue text, Arguments arguments, bool fromRight)
    {
        Value?[] given = arguments.Bind(run, 1, "part", "start", "end");
        string wanted = Conversions.RequireText(run, given[0]!, $"The argument of {arguments.Callee}").Text;
        (int start, string? part) = Part(run, text, given[1], given[2]);
        if (part is null)
        {
            return -1;
        }
        int at = !fromRight ? part.IndexOf(wanted, StringComparison.Ordinal)
            : wanted.Length == 0 ? part.Length : part.LastIndexOf(wanted, StringComparison.Ordinal);
        return at < 0 ? -1 : start + PythonText.Length(part[..at]);
    }

    private static IntegerValue Found(TemplateRun run, int at) =>
        at >= 0 ? new IntegerValue(at) : throw run.Fail("The text does not have the part that its index is asked of.", "a part that is in it");

    private static IntegerValue Count(TemplateRun run, TextValue text, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 1, "part", "start", "end");
        string wanted = Conversions.RequireText(run, given[0]!, $"The argument of {arguments.Callee}").Text;
        (_, string? part) = Part(run, text, given[1], given[2]);
        return new IntegerValue(part is null ? 0 : wanted.Length == 0 ? PythonText.Length(part) + 1 : part.AsSpan().Count(wanted));
    }

    /// <summary>The part between two bounds and where it starts, both in code points; null if it would start behind the text or its own end.</summary>
    private static (int Start, string? Part) Part(TemplateRun run, TextValue text, Value? start, Value? end)
    {
        if (start is null or NoneValue && end is null or NoneValue)
        {
            return (0, text.Text);
        }
        int[] starts = PythonText.Starts(text.Text);
        (int from, int to) = ContainerMethods.Bounds(run, start, end, starts.Length - 1);
        bool isBehind = start is not null and not NoneValue && Conversions.RequireInteger(run, start, "A bound") > starts.Length - 1;
        return isBehind || from > to ? (0, null) : (from, text.Text[starts[from]..starts[to]]);
    }

    private static ListValue Partition(TemplateRun run, TextValue text, Arguments arguments, bool fromRight)
    {
        TextValue separator = Conversions.RequireText(run, arguments.Bind(run, 1, "separator")[0]!, "The separator");
        if (separator.Text.Length == 0)
        {
            throw run.Fail("The separator is empty.", "a text to split at");
        }
        int at = fromRight ? text.Text.LastIndexOf(separator.Text, StringComparison.Ordinal) : text.Text.IndexOf(separator.Text, StringComparison.Ordinal);
        if (at < 0)
        {
            return new ListValue(fromRight ? [TextValue.Empty, TextValue.Empty, text] : [text, TextValue.Empty, TextValue.Empty], isTuple: true);
        }
        int end = at + separator.Text.Length;
        return new ListValue([text.Slice(0, at), text.Slice(at, separator.Text.Length), text.Slice(end, text.Text.Length - end)], isTuple: true);
    }

    private static TextValue Justify(
        TemplateRun run, TextValue text, Arguments arguments, Func<long, int, int, (int Left, int Right)> divide)
    {
        Value?[] given = arguments.Bind(run, 1, "width", "fillchar");
        TextValue fill = given[1] is Value character ? Conversions.RequireText(run, character, "The fill character") : TextValue.Of(" ");
        if (PythonText.Length(fill.Text) != 1)
        {
            throw run.Fail("The fill is not one character.", "one character");
        }
        return Texts.Pad(run, text, Conversions.RequireInteger(run, given[0]!, "The argument width"), fill, divide);
    }

    private static TextValue ExpandTabs(TemplateRun run, TextValue text, Arguments arguments)
    {
        long size = arguments.Bind(run, 0, "tabsize")[0] is Value given ? Conversions.RequireInteger(run, given, "The argument tabsize") : 8;
        var expanded = new TextBuilder(run);
        long column = 0;
        int[] starts = PythonText.Starts(text.Text);
        for (int i = 0; i + 1 < starts.Length; i++)
        {
            char character = text.Text[starts[i]];
            if (character == '\t')
            {
                long spaces = size > 0 ? size - column % size : 0;
                run.Spend(spaces);
                expanded.Append(new string(' ', (int)spaces));
                column += spaces;
                continue;
            }
            column = character is '\n' or '\r' ? 0 : column + 1;
            expanded.Append(text.Slice(starts[i], starts[i + 1] - starts[i]));
        }
        return expanded.ToText();
    }

    private static TextValue FillWithZeros(TemplateRun run, TextValue text, Arguments arguments)
    {
        long width = Conversions.RequireInteger(run, arguments.Bind(run, 1, "width")[0]!, "The argument width");
        int sign = text.Text is ['+' or '-', ..] ? 1 : 0;
        TextValue rest = text.Slice(sign, text.Text.Length - sign);
        var filled = new TextBuilder(run);
        filled.Append(text.Slice(0, sign));
        filled.Append(Texts.Pad(run, rest, width - sign, TextValue.Of("0"), (_, missing, _) => (missing, 0)));
        return filled.ToText();
    }
}
