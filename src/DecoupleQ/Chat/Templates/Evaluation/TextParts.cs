using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Looks into texts, counted as work of a run.</summary>
internal static class TextParts
{
    /// <summary>A part, in UTF-16 units.</summary>
    public static TextValue Part(this TextValue text, TemplateRun run, int start, int length)
    {
        if (length == text.Text.Length)
        {
            return text;
        }
        run.Spend(length);
        run.MakeValues(1);
        run.Make(2L * length);
        TextValue part = text.Slice(start, length);
        run.MakeValues(part.Given.Length / 4);
        return part;
    }

    /// <summary>Where the code points of a text begin.</summary>
    public static CodePoints CodePointsOf(TemplateRun run, string text)
    {
        run.Spend(2L * text.Length);
        CodePoints points = CodePoints.Of(text);
        run.Make(points.Count < text.Length ? 4L * points.Count : 0);
        return points;
    }

    /// <summary>How many code points a text has.</summary>
    public static int Length(TemplateRun run, string text)
    {
        run.Spend(text.Length);
        return PythonText.Length(text);
    }

    /// <summary>A search for a part that is not empty. Each <see cref="TextSearch.Find"/> is to be counted by whoever asks for it.</summary>
    public static TextSearch Search(TemplateRun run, string part, bool fromRight = false)
    {
        run.Spend(part.Length);
        run.Make(part.Length > TextSearch.ShortPart ? 4L * part.Length : 0);
        return new TextSearch(part, fromRight);
    }

    /// <summary>Where a part is in a stretch of a text, or from the right its last occurrence; -1 if nowhere.</summary>
    public static int Find(TemplateRun run, string text, string part, int start, int end, bool fromRight = false)
    {
        if (part.Length > end - start)
        {
            return -1;
        }
        if (part.Length == 0)
        {
            return fromRight ? end : start;
        }
        run.Spend(2L * (end - start));
        return Search(run, part, fromRight).Find(text, start, end);
    }
}
