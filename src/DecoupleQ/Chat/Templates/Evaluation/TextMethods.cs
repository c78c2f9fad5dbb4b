using System.Text;
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
        ["format"] = Format,
        ["format_map"] = FormatMap,
        ["index"] = (run, text, arguments) => Found(run, Find(run, text, arguments, fromRight: false)),
        ["isalnum"] = (run, text, arguments) => All(run, text, arguments, PythonCharacters.IsAlphanumeric),
        ["isalpha"] = (run, text, arguments) => All(run, text, arguments, PythonCharacters.IsAlphabetic),
        ["isascii"] = (run, text, arguments) => Test(run, text, arguments, characters => characters.All(char.IsAscii)),
        ["isdecimal"] = (run, text, arguments) => All(run, text, arguments, PythonCharacters.IsDecimal),
        ["isdigit"] = (run, text, arguments) => All(run, text, arguments, PythonCharacters.IsDigit),
        ["isidentifier"] = (run, text, arguments) => Test(run, text, arguments, PythonCharacters.IsIdentifier),
        ["islower"] = (run, text, arguments) => Test(run, text, arguments, PythonCharacters.IsLower),
        ["isnumeric"] = (run, text, arguments) => All(run, text, arguments, PythonCharacters.IsNumeric),
        ["isprintable"] = (run, text, arguments) => Test(
            run, text, arguments, characters => characters.EnumerateRunes().All(PythonCharacters.IsPrintable)),
        ["isspace"] = (run, text, arguments) => All(run, text, arguments, rune => rune.IsBmp && PythonText.IsWhiteSpace((char)rune.Value)),
        ["istitle"] = (run, text, arguments) => Test(run, text, arguments, PythonCharacters.IsTitle),
        ["isupper"] = (run, text, arguments) => Test(run, text, arguments, PythonCharacters.IsUpper),
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

    private static BooleanValue Test(TemplateRun run, TextValue text, Arguments arguments, Func<string, bool> holds)
    {
        arguments.None(run);
        run.Spend((long)Texts.LookUpWork * text.Text.Length);
        return BooleanValue.Of(holds(text.Text));
    }

    private static BooleanValue All(TemplateRun run, TextValue text, Arguments arguments, Func<Rune, bool> holds) =>
        Test(run, text, arguments, characters => characters.Length > 0 && characters.EnumerateRunes().All(holds));

    private static TextValue Format(TemplateRun run, TextValue text, Arguments arguments)
    {
        run.SpendItems(arguments.Named.Count);
        // Of two arguments with one name, the first counts.
        Dictionary<string, Value> named = arguments.Named.DistinctBy(argument => argument.Name)
            .ToDictionary(argument => argument.Name, argument => argument.Value);
        return new TextFormat(run, arguments.Positional, named.GetValueOrDefault).Format(text);
    }

    private static BooleanValue HasAffix(TemplateRun run, TextValue text, Arguments arguments, Func<string, string, bool> test)
    {
        Value?[] given = arguments.Bind(run, 1, "affix", "start", "end");
        IReadOnlyList<Value> candidates = given[0] is ListValue { IsTuple: true } tuple ? tuple.Items : [given[0]!];
        (_, string? part) = Part(run, text, given[1], given[2]);
        return BooleanValue.Of(candidates.Any(affix =>
        {
            string candidate = Conversions.RequireText(run, affix, $"The argument of {arguments.Callee}").Text;
            run.Spend(8 + candidate.Length);
            return part is not null && test(part, candidate);
        }));
    }

    private static TextValue RemoveAffix(TemplateRun run, TextValue text, Arguments arguments, bool isPrefix)
    {
        string affix = Conversions.RequireText(run, arguments.Bind(run, 1, "affix")[0]!, $"The argument of {arguments.Callee}").Text;
        run.Spend(affix.Length);
        int rest = text.Text.Length - affix.Length;
        return isPrefix
            ? text.Text.StartsWith(affix, StringComparison.Ordinal) ? text.Part(run, affix.Length, rest) : text
            : text.Text.EndsWith(affix, StringComparison.Ordinal) ? text.Part(run, 0, rest) : text;
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
        return new TextFormat(run, [], name => Mappings.Find(run, mapping, name)).Format(text);
    }

    /// <summary>Where a part is, in code points from the start of the text; -1 if it is not there.</summary>
    private static int Find(TemplateRun run, TextValue text, Arguments arguments, bool fromRight)
    {
        Value?[] given = arguments.Bind(run, 1, "part", "start", "end");
        string wanted = Conversions.RequireText(run, given[0]!, $"The argument of {arguments.Callee}").Text;
        (int start, string? part) = Part(run, text, given[1], given[2]);
        int at = part is null ? -1 : TextParts.Find(run, part, wanted, 0, part.Length, fromRight);
        return at < 0 ? -1 : start + TextParts.Length(run, part![..at]);
    }

    private static IntegerValue Found(TemplateRun run, int at) =>
        at >= 0 ? new IntegerValue(at) : throw run.Fail("The text does not have the part that its index is asked of.", "a part that is in it");

    private static IntegerValue Count(TemplateRun run, TextValue text, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 1, "part", "start", "end");
        string wanted = Conversions.RequireText(run, given[0]!, $"The argument of {arguments.Callee}").Text;
        (_, string? part) = Part(run, text, given[1], given[2]);
        if (part is null || wanted.Length > part.Length)
        {
            return new IntegerValue(0);
        }
        if (wanted.Length == 0)
        {
            return new IntegerValue(TextParts.Length(run, part) + 1);
        }
        run.Spend(2L * part.Length);
        TextSearch search = TextParts.Search(run, wanted);
        int count = 0;
        for (int at = 0; (at = search.Find(part, at, part.Length)) >= 0; at += wanted.Length)
        {
            run.Spend(8);
            count++;
        }
        return new IntegerValue(count);
    }

    /// <summary>The part between two bounds and where it starts, both in code points; null if it would start behind the text or its own end.</summary>
    private static (int Start, string? Part) Part(TemplateRun run, TextValue text, Value? start, Value? end)
    {
        if (start is null or NoneValue && end is null or NoneValue)
        {
            return (0, text.Text);
        }
        CodePoints starts = TextParts.CodePointsOf(run, text.Text);
        (int from, int to) = ContainerMethods.Bounds(run, start, end, starts.Count);
        bool isBehind = start is not null and not NoneValue && Conversions.RequireInteger(run, start, "A bound") > starts.Count;
        return isBehind || from > to ? (0, null) : (from, text.Text[starts[from]..starts[to]]);
    }

    private static ListValue Partition(TemplateRun run, TextValue text, Arguments arguments, bool fromRight)
    {
        TextValue separator = Conversions.RequireText(run, arguments.Bind(run, 1, "separator")[0]!, "The separator");
        if (separator.Text.Length == 0)
        {
            throw run.Fail("The separator is empty.", "a text to split at");
        }
        run.MakeList(3);
        int at = TextParts.Find(run, text.Text, separator.Text, 0, text.Text.Length, fromRight);
        if (at < 0)
        {
            return new ListValue(fromRight ? [TextValue.Empty, TextValue.Empty, text] : [text, TextValue.Empty, TextValue.Empty], isTuple: true);
        }
        int end = at + separator.Text.Length;
        return new ListValue([text.Part(run, 0, at), text.Part(run, at, separator.Text.Length), text.Part(run, end, text.Text.Length - end)], isTuple: true);
    }

    private static TextValue Justify(
        TemplateRun run, TextValue text, Arguments arguments, Func<long, int, int, (int Left, int Right)> divide)
    {
        Value?[] given = arguments.Bind(run, 1, "width", "fillchar");
        TextValue fill = given[1] is Value character ? Conversions.RequireText(run, character, "The fill character") : TextValue.Of(" ");
        if (fill.Text.Length > 2 || PythonText.Length(fill.Text) != 1)
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
        run.Spend(2L * text.Text.Length);
        int start = 0;
        for (int i = 0; i < text.Text.Length; i++)
        {
            char character = text.Text[i];
            if (character == '\t')
            {
                expanded.Append(text, start, i - start);
                start = i + 1;
                long spaces = size > 0 ? size - column % size : 0;
                run.Spend(8 + spaces);
                expanded.Append(' ', (int)spaces);
                column += spaces;
                continue;
            }
            column = character is '\n' or '\r' ? 0 : char.IsLowSurrogate(character) ? column : column + 1;
        }
        expanded.Append(text, start, text.Text.Length - start);
        return expanded.ToText();
    }

    private static TextValue FillWithZeros(TemplateRun run, TextValue text, Arguments arguments)
    {
        long width = Conversions.RequireInteger(run, arguments.Bind(run, 1, "width")[0]!, "The argument width");
        int sign = text.Text is ['+' or '-', ..] ? 1 : 0;
        TextValue rest = text.Part(run, sign, text.Text.Length - sign);
        var filled = new TextBuilder(run);
        filled.Append(text, 0, sign);
        filled.Append(Texts.Pad(run, rest, width - sign, TextValue.Of("0"), (_, missing, _) => (missing, 0)));
        return filled.ToText();
    }
}
