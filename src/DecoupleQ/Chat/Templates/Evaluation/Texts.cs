using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Changes of texts that filters and methods share.</summary>
internal static class Texts
{
    public static TextValue Upper(TemplateRun run, TextValue text) => Regular(run, text).WithText(text.Text.ToUpperInvariant());

    public static TextValue Lower(TemplateRun run, TextValue text) => Regular(run, text).WithText(text.Text.ToLowerInvariant());

    public static TextValue Title(TemplateRun run, TextValue text) => Regular(run, text).WithText(PythonText.Title(text.Text));

    public static TextValue Capitalize(TemplateRun run, TextValue text) => Regular(run, text).WithText(PythonText.Capitalize(text.Text));

    /// <summary>Small letters, and where folding does more than that, refused.</summary>
    public static TextValue CaseFold(TemplateRun run, TextValue text) => PythonText.FoldsFurther(text.Text)
        ? throw run.Fail("A letter folds to another than its small one, which is not supported.", "a text without such letters")
        : Lower(run, text);

    public static TextValue SwapCase(TemplateRun run, TextValue text) => Regular(run, text).WithText(
        string.Concat(text.Text.EnumerateRunes().Select(rune => Swapped(rune).ToString())));

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
        int length = PythonText.Length(text.Text);
        if (width <= length)
        {
            return text;
        }
        run.Spend(width);
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
            return text.Strip(PythonText.WhiteSpace, ends);
        }
        string set = Conversions.RequireText(run, characters, "The argument of a strip").Text;
        // Half a surrogate pair is no character.
        if (set.Any(char.IsSurrogate))
        {
            throw run.Fail("Stripping characters beyond the first plane of Unicode is not supported.", "other characters to be stripped");
        }
        run.Spend((long)set.Length * text.Text.Length / 16);
        return text.Strip(set, ends);
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
        run.Spend(text.Text.Length);
        var result = new TextBuilder(run);
        int position = 0;
        int[]? starts = old.Text.Length == 0 ? PythonText.Starts(text.Text) : null;
        for (int found = 0; most < 0 || found < most; found++)
        {
            int at = starts is null ? text.Text.IndexOf(old.Text, position, StringComparison.Ordinal) : found < starts.Length ? starts[found] : -1;
            if (at < 0)
            {
                break;
            }
            result.Append(text.Slice(position, at - position));
            result.Append(replacement);
            position = at + old.Text.Length;
        }
        result.Append(text.Slice(position, text.Text.Length - position));
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

    // Of a few letters the other case has several characters, or depends on the word.
    private static TextValue Regular(TemplateRun run, TextValue text) => PythonText.HasIrregularCase(text.Text)
        ? throw run.Fail("A letter's other case has more than one character or more than one form, which is not supported.", "a text without such letters")
        : text;
}
