using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Filters on texts; what is marked as safe stays so where Jinja keeps it.</summary>
internal static class TextFilters
{
    /// <summary>A change without arguments.</summary>
    public static Value Change(TemplateRun run, Value input, Arguments arguments, Func<TemplateRun, TextValue, TextValue> change)
    {
        arguments.None(run);
        return As(input, change(run, Conversions.Print(run, input)));
    }

    public static Value Trim(TemplateRun run, Value input, Arguments arguments) =>
        As(input, Texts.Strip(run, Conversions.Print(run, input), arguments.Bind(run, 0, "chars")[0], TextEnds.Both));

    public static Value Replace(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 2, "old", "new", "count");
        long most = given[2] is null or NoneValue ? -1 : Conversions.RequireInteger(run, given[2]!, "The argument count");
        return Texts.Replace(run, Conversions.Print(run, input), Conversions.Print(run, given[0]!), Conversions.Print(run, given[1]!), most);
    }

    /// <summary>Words with a capital first; other than the method, a word begins only after a space, hyphen or opening bracket.</summary>
    public static Value Title(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        TextValue text = Conversions.Print(run, input);
        var words = new TextBuilder(run);
        int start = 0;
        for (int i = 0; i <= text.Text.Length; i++)
        {
            if (i == text.Text.Length || PythonText.IsWhiteSpace(text.Text[i]) || text.Text[i] is '-' or '(' or '{' or '[' or '<')
            {
                int end = Math.Min(i + 1, text.Text.Length);
                words.Append(Texts.Capitalize(run, text.Part(run, start, end - start)));
                start = end;
            }
        }
        return words.ToText();
    }

    public static Value Indent(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "width", "first", "blank");
        TextValue text = Conversions.RequireText(run, input, "The input of indent");
        TextValue indent = given[0] switch
        {
            null => TextValue.Of("    "),
            TextValue prefix => prefix,
            Value width => Spaces(run, Conversions.RequireInteger(run, width, "The argument width")),
        };
        var indented = new TextBuilder(run);
        var lines = new TextBuilder(run);
        lines.Append(text);
        lines.Append("\n");
        foreach ((int index, TextValue line) in TextSplitting.Lines(run, lines.ToText()).Index())
        {
            indented.Append(index > 0 ? "\n" : "");
            if (index > 0 ? line.IsTrue || (given[2]?.IsTrue ?? false) : given[1]?.IsTrue ?? false)
            {
                indented.Append(indent);
            }
            indented.Append(line);
        }
        return As(input, indented.ToText());
    }

    public static Value Center(TemplateRun run, Value input, Arguments arguments)
    {
        long width = arguments.Bind(run, 0, "width")[0] is Value given ? Conversions.RequireInteger(run, given, "The argument width") : 80;
        return As(input, Texts.Pad(run, Conversions.Print(run, input), width, TextValue.Of(" "), Texts.Center));
    }

    /// <summary><c>format(values...)</c>: printf's way.</summary>
    public static Value Format(TemplateRun run, Value input, Arguments arguments)
    {
        if (arguments.Positional.Count > 0 && arguments.Named.Count > 0)
        {
            throw run.Fail("The filter 'format' is given values with names and without.", "one of the two");
        }
        Value values = arguments.Named.Count > 0
            ? Mappings.Of(run, arguments.Named.Select(argument => ((Value)TextValue.Of(argument.Name), argument.Value)))
            : new ListValue(arguments.Positional, isTuple: true);
        return input is SafeTextValue safe ? SafeTexts.Formatted(run, safe.Text, values) : PrintfFormat.Format(run, Conversions.Print(run, input), values);
    }

    /// <summary><c>truncate(length=255, killwords=false, end='...', leeway=5)</c></summary>
    public static Value Truncate(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "length", "killwords", "end", "leeway");
        TextValue text = Conversions.RequireText(run, input, "The input of truncate");
        long length = given[0] is Value most ? Conversions.RequireInteger(run, most, "The argument length") : 255;
        TextValue end = given[2] is Value mark ? Conversions.RequireText(run, mark, "The argument end") : TextValue.Of("...");
        long leeway = given[3] is null or NoneValue ? 5 : Conversions.RequireInteger(run, given[3]!, "The argument leeway");
        long kept = length - TextParts.Length(run, end.Text);
        if (kept < 0 || leeway < 0)
        {
            throw run.Fail("The text cannot be truncated to so little.", "a length of at least that of 'end', and a leeway of at least 0");
        }
        CodePoints starts = TextParts.CodePointsOf(run, text.Text);
        if (starts.Count <= (Int128)length + leeway)
        {
            return input;
        }
        TextValue start = text.Part(run, 0, starts[(int)kept]);
        if (!(given[1]?.IsTrue ?? false))
        {
            int blank = start.Text.LastIndexOf(' ');
            start = blank < 0 ? start : start.Part(run, 0, blank);
        }
        return As(input, Texts.Join(run, TextValue.Empty, [start, input is SafeTextValue ? SafeTexts.Escape(run, end) : end]));
    }

    public static Value WordCount(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        int words = 0;
        bool inside = false;
        string text = Conversions.Print(run, input).Text;
        run.Spend((long)Texts.LookUpWork * text.Length);
        foreach (System.Text.Rune rune in text.EnumerateRunes())
        {
            bool isWord = PythonCharacters.IsWord(rune);
            words += isWord && !inside ? 1 : 0;
            inside = isWord;
        }
        return new IntegerValue(words);
    }

    public static Value ToText(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return input is SafeTextValue ? input : Conversions.Print(run, input);
    }

    private static Value As(Value input, TextValue text) => input is SafeTextValue ? new SafeTextValue(text) : text;

    private static TextValue Spaces(TemplateRun run, long width) => width <= 1024
        ? TextValue.Of(new string(' ', (int)Math.Max(0, width)))
        : throw run.Fail($"The argument width is {width}.", "at most 1024");
}
