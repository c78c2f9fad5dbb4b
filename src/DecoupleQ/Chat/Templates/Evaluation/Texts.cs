using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Changes of texts that filters and methods share.</summary>
internal static class Texts
{
    /// <summary>Work of looking a character up in Unicode's tables: it takes about as long as copying this many.</summary>
    public const int LookUpWork = 8;

    public static TextValue Upper(TemplateRun run, TextValue text) => Changed(run, text, 2, text => text.ToUpperInvariant());

    public static TextValue Lower(TemplateRun run, TextValue text) => Changed(run, text, 2, text => text.ToLowerInvariant());

    public static TextValue Title(TemplateRun run, TextValue text) => Changed(run, text, LookUpWork, PythonText.Title);

    public static TextValue Capitalize(TemplateRun run, TextValue text) => Changed(run, text, 4, PythonText.Capitalize);

    /// <summary>Small letters, and where folding does more than that, refused.</summary>
    public static TextValue CaseFold(TemplateRun run, TextValue text) => PythonText.FoldsFurther(text.Text)
        ? throw run.Fail("A letter folds to another than its small one, which is not supported.", "a text without such letters")
        : Lower(run, text);

    public static TextValue SwapCase(TemplateRun run, TextValue text) => Changed(
        run, text, LookUpWork, text => string.Concat(text.EnumerateRunes().Select(rune => Swapped(rune).ToString())));

    /// <summary>How <c>center</c> divides what is missing: of an odd number one more goes to the left where the width is odd.</summary>
    public static (int Left, int Right) Center(long width, int missing, int length)
    {
        int left = missing / 2 + (int)(missing & width & 1);
        return (left, missing - left);
    }

    /// <summary>A text with characters before and behind it, up to a width in code points.</summary>
    /// <param name="run">The run.</param>
    /// <param name="text">The text.</param>
    /// <param name="width">The width.</param>
    /// <param name="fill">The character.</param>
    /// <param name="divide">Of the width, how many are missing and the text's length: how many go to the left and to the right.</param>
    public static TextValue Pad(TemplateRun run, TextValue text, long width, TextValue fill, Func<long, int, int, (int Left, int Right)> divide)
    {
        int length = TextParts.Length(run, text.Text);
        if (width <= length)
        {
            return text;
        }
        run.Spend(width);
        run.Make(4 * Math.Min(width, int.MaxValue));
        (int left, int right) = divide(width, (int)(width - length), length);
        var padded = new TextBuilder(run);
        for (int i = 0; i < left; i++)
        {
            padded.Append(fill);
        }
        padded.Append(text);
        for (int i = 0; i < right; i++)
        {
            padded.Append(fill);
        }
        return padded.ToText();
    }

    /// <summary>Without white space, or without the characters given, at the ends.</summary>
    public static TextValue Strip(TemplateRun run, TextValue text, Value? characters, TextEnds ends)
    {
        if (characters is null or NoneValue)
        {
            return Without(run, text, PythonText.IsWhiteSpace, ends);
        }
        string set = Conversions.RequireText(run, characters, "The argument of a strip").Text;
        // Half a surrogate pair is no character.
        if (set.Any(char.IsSurrogate))
        {
            throw run.Fail("Stripping characters beyond the first plane of Unicode is not supported.", "other characters to be stripped");
        }
        run.Spend(4L * set.Length);
        run.Make(8L * set.Length);
        var known = new HashSet<char>(set);
        return Without(run, text, known.Contains, ends);
    }

    /// <summary>Without characters at the ends that are unwanted there.</summary>
    private static TextValue Without(TemplateRun run, TextValue text, Func<char, bool> isUnwanted, TextEnds ends)
    {
        int start = 0, end = text.Text.Length;
        while (ends.HasFlag(TextEnds.Right) && start < end && isUnwanted(text.Text[end - 1]))
        {
            end--;
        }
        while (ends.HasFlag(TextEnds.Left) && start < end && isUnwanted(text.Text[start]))
        {
            start++;
        }
        run.Spend(4L * (text.Text.Length - (end - start)));
        return text.Part(run, start, end - start);
    }

    /// <summary>
    /// With each <paramref name="old"/>, or the first <paramref name="most"/>, replaced; an empty one stands before each character and at the end.
    /// </summary>
    /// <param name="run">The run.</param>
    /// <param name="text">The text.</param>
    /// <param name="old">What is replaced.</param>
    /// <param name="replacement">By what.</param>
    /// <param name="most">How many; all if below 0.</param>
    public static TextValue Replace(TemplateRun run, TextValue text, TextValue old, TextValue replacement, long most)
    {
        run.Spend(2L * text.Text.Length);
        if (old.Text.Length > text.Text.Length)
        {
            return text;
        }
        var result = new TextBuilder(run);
        int position = 0;
        TextSearch? search = old.Text.Length == 0 ? null : TextParts.Search(run, old.Text);
        CodePoints points = search is null ? TextParts.CodePointsOf(run, text.Text) : default;
        for (int found = 0; most < 0 || found < most; found++)
        {
            int at = search is not null ? search.Find(text.Text, position, text.Text.Length) : found <= points.Count ? points[found] : -1;
            if (at < 0)
            {
                break;
            }
            result.Append(text, position, at - position);
            result.Append(replacement);
            position = at + old.Text.Length;
        }
        result.Append(text, position, text.Text.Length - position);
        return result.ToText();
    }

    public static TextValue Join(TemplateRun run, TextValue separator, IReadOnlyList<TextValue> items)
    {
        var joined = new TextBuilder(run);
        for (int i = 0; i < items.Count; i++)
        {
            if (i > 0)
            {
                joined.Append(separator);
            }
            joined.Append(items[i]);
        }
        return joined.ToText();
    }

    private static Rune Swapped(Rune rune) => PythonCharacters.IsUpper(rune) ? Rune.ToLowerInvariant(rune)
        : PythonCharacters.IsLower(rune) ? Rune.ToUpperInvariant(rune)
        : rune;

    /// <summary>A text with letters in another case, where that is a letter for each; counted as so much work a character.</summary>
    private static TextValue Changed(TemplateRun run, TextValue text, int work, Func<string, string> change)
    {
        run.Spend((long)work * text.Text.Length);
        run.MakeValues(1);
        run.Make(4L * text.Text.Length);
        // Of a few letters the other case has several characters, or depends on the word.
        return PythonText.HasIrregularCase(text.Text)
            ? throw run.Fail("A letter's other case has more than one character or more than one form, which is not supported.", "a text without such letters")
            : text.WithText(change(text.Text));
    }
}
