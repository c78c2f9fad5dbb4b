using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Splits texts as Python does.</summary>
internal static class TextSplitting
{
    /// <summary><c>split</c> and <c>rsplit</c>: at a separator, or at runs of white space, which leave no empty parts.</summary>
    public static ListValue Split(TemplateRun run, TextValue text, Arguments arguments, bool fromRight)
    {
        Value?[] given = arguments.Bind(run, 0, "sep", "maxsplit");
        long most = given[1] is Value count ? Conversions.RequireInteger(run, count, "The argument maxsplit") : -1;
        most = most < 0 ? long.MaxValue : most;
        List<Stretch> parts = given[0] is null or NoneValue
            ? AtWhiteSpace(run, text.Text, most, fromRight)
            : At(run, text.Text, Separator(run, given[0]!), most, fromRight);
        run.MakeList(parts.Count);
        return new ListValue([.. parts.Select(part => text.Part(run, part.Start, part.End - part.Start))]);
    }

    /// <summary>The lines of a text, with their ends or without; a line end at the end of the text begins no other.</summary>
    public static IReadOnlyList<TextValue> Lines(TemplateRun run, TextValue text, bool keepsEnds = false)
    {
        var lines = new List<TextValue>();
        int start = 0;
        while (start < text.Text.Length)
        {
            int length = text.Text.AsSpan(start).IndexOfAny("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029");
            int end = length < 0 ? text.Text.Length : start + length;
            run.MakeList(1);
            int next = Math.Min(text.Text.Length, end + (text.Text.AsSpan(end).StartsWith("\r\n") ? 2 : 1));
            lines.Add(text.Part(run, start, (keepsEnds ? next : end) - start));
            start = next;
        }
        return lines;
    }

    private static string Separator(TemplateRun run, Value separator)
    {
        string text = Conversions.RequireText(run, separator, "The separator").Text;
        return text.Length > 0 ? text : throw run.Fail("The separator is empty.", "a text to split at");
    }

    private static List<Stretch> At(TemplateRun run, string text, string separator, long most, bool fromRight)
    {
        var parts = new List<Stretch>();
        int start = 0, end = text.Length;
        run.Spend(2L * text.Length);
        TextSearch? search = separator.Length > text.Length ? null : TextParts.Search(run, separator, fromRight);
        while (parts.Count < most)
        {
            int at = search?.Find(text, start, end) ?? -1;
            if (at < 0)
            {
                break;
            }
            run.MakeList(1);
            parts.Add(fromRight ? new Stretch(at + separator.Length, end) : new Stretch(start, at));
            (start, end) = fromRight ? (start, at) : (at + separator.Length, end);
        }
        parts.Add(new Stretch(start, end));
        if (fromRight)
        {
            parts.Reverse();
        }
        return parts;
    }

    private static List<Stretch> AtWhiteSpace(TemplateRun run, string text, long most, bool fromRight)
    {
        var words = new List<Stretch>();
        int start = 0;
        run.Spend(2L * text.Length);
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || PythonText.IsWhiteSpace(text[i]))
            {
                if (start < i)
                {
                    run.MakeList(1);
                    words.Add(new Stretch(start, i));
                }
                start = i + 1;
            }
        }
        if (words.Count <= most)
        {
            return words;
        }
        // What is left unsplit keeps its inner white space, and that at the far end: of a split from the left the end of the text, from the right the start.
        int kept = (int)most;
        return fromRight
            ? [new Stretch(0, words[words.Count - kept - 1].End), .. words[(words.Count - kept)..]]
            : [.. words[..kept], new Stretch(words[kept].Start, text.Length)];
    }
}
