using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Text marked as safe for HTML, as <c>safe</c> and <c>escape</c> give it: what is put into it is escaped, and stays safe.</summary>
internal static class SafeTexts
{
    // Methods whose texts become part of the result, or are looked for in it.
    private static readonly HashSet<string> EscapesArguments =
    [
        "center", "expandtabs", "format", "format_map", "join", "ljust", "lstrip", "removeprefix", "removesuffix", "replace", "rjust", "rstrip", "strip",
        "translate", "zfill",
    ];

    /// <summary>A value as text that is safe: escaped, unless it is marked so.</summary>
    public static TextValue Escaped(TemplateRun run, Value value) => value is SafeTextValue safe ? safe.Text : Escape(run, Conversions.Print(run, value));

    /// <summary>A text with the characters escaped that mean something in HTML.</summary>
    public static TextValue Escape(TemplateRun run, TextValue text)
    {
        var escaped = new TextBuilder(run);
        int position = 0;
        while (position < text.Text.Length)
        {
            int length = text.Text.AsSpan(position).IndexOfAny("&<>'\"");
            int end = length < 0 ? text.Text.Length : position + length;
            escaped.Append(text, position, end - position);
            if (end < text.Text.Length)
            {
                escaped.Append(
                    text.Text[end] switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '\'' => "&#39;", _ => "&#34;" }, text.HasGivenIn(end, 1));
                end++;
            }
            position = end;
        }
        return escaped.ToText();
    }

    /// <summary>Calls a method of a text marked as safe; texts that it gives are safe.</summary>
    public static Value Call(TemplateRun run, TextValue text, string method, Arguments arguments)
    {
        if (EscapesArguments.Contains(method))
        {
            arguments = arguments with
            {
                Positional = [.. arguments.Positional.Select(value => EscapedArgument(run, value))],
                Named = [.. arguments.Named.Select(argument => (argument.Name, EscapedArgument(run, argument.Value)))],
            };
        }
        return Marked(run, TextMethods.ByName[method](run, text, arguments));
    }

    /// <summary><c>text % values</c> of a text marked as safe.</summary>
    public static SafeTextValue Formatted(TemplateRun run, TextValue text, Value values) =>
        new(PrintfFormat.Format(run, text, EscapedArgument(run, values)));

    private static Value EscapedArgument(TemplateRun run, Value value)
    {
        run.Enter();
        run.MakeList(value is ListValue { Items.Count: int items } ? items : 0);
        Value escaped = value switch
        {
            TextValue or SafeTextValue => Escaped(run, value),
            ListValue list => new ListValue([.. list.Items.Select(item => EscapedArgument(run, item))], list.IsTuple),
            MappingValue mapping => Mappings.Of(run, mapping.Entries.Select(entry => (entry.Key, EscapedArgument(run, entry.Value)))),
            _ => value,
        };
        run.Leave();
        return escaped;
    }

    // Methods of texts give texts, numbers, and lists of texts.
    private static Value Marked(TemplateRun run, Value value)
    {
        run.MakeList(value is ListValue { Items.Count: int items } ? 2L * items : 1);
        return value switch
        {
            TextValue text => new SafeTextValue(text),
            ListValue list => new ListValue([.. list.Items.Select(item => Marked(run, item))], list.IsTuple),
            _ => value,
        };
    }
}
