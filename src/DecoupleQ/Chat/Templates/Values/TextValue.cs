namespace DecoupleQ.Chat.Templates.Values;

/// <summary>
/// A text, and which stretches of it were given to the template rather than written in it. Every operation keeps the two apart, so that a
/// control token in a prompt counts only where the template itself wrote it.
/// </summary>
internal sealed class TextValue : Value
{
    private readonly Stretch[] _given;

    /// <param name="text">The text.</param>
    /// <param name="given">Stretches that were given, in order, apart from one another, none empty.</param>
    internal TextValue(string text, Stretch[] given)
    {
        Text = text;
        _given = given;
    }

    public static TextValue Empty { get; } = Of("");

    public string Text { get; }

    public ReadOnlySpan<Stretch> Given => _given;

    public bool HasGiven => _given.Length > 0;

    public override string Kind => "a text";

    public override bool IsTrue => Text.Length > 0;

    /// <summary>Text that the template wrote.</summary>
    public static TextValue Of(string text) => new(text, []);

    /// <summary>Text that was given to the template.</summary>
    public static TextValue OfGiven(string text) => new(text, text.Length == 0 ? [] : [new Stretch(0, text.Length)]);

    /// <summary>A part, in UTF-16 units.</summary>
    public TextValue Slice(int start, int length)
    {
        if (length == Text.Length)
        {
            return this;
        }
        return new TextValue(Text.Substring(start, length), [.. GivenIn(start, length)]);
    }

    /// <summary>The stretches of a part that were given, counted from its start.</summary>
    public IEnumerable<Stretch> GivenIn(int start, int length)
    {
        // Nothing of nothing.
        for (int i = FirstEndingAfter(start); length > 0 && i < _given.Length && _given[i].Start < start + length; i++)
        {
            yield return new Stretch(Math.Max(_given[i].Start, start) - start, Math.Min(_given[i].End, start + length) - start);
        }
    }

    /// <summary>Whether any of a part was given.</summary>
    public bool HasGivenIn(int start, int length) => GivenIn(start, length).Any();

    /// <summary>Another text of the same length, with the same stretches.</summary>
    public TextValue WithText(string text) => new(text, _given);

    private int FirstEndingAfter(int position)
    {
        int low = 0, high = _given.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _given[middle].End <= position ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}

/// <summary>A part of a text.</summary>
/// <param name="Start">Where it begins, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct Stretch(int Start, int End);

/// <summary>Ends of a text.</summary>
[Flags]
internal enum TextEnds
{
    Left = 1,
    Right = 2,
    Both = Left | Right,
}
