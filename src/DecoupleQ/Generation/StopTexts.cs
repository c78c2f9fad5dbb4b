using System.Text;

namespace DecoupleQ.Generation;

/// <summary>
/// Releases text as it grows, up to the stop text that is complete first (of several, the longest): so the end does not depend on how the text is cut into
/// pieces. What may still become a stop text is held back.
/// </summary>
internal sealed class StopTexts(IReadOnlyList<string> stops)
{
    private readonly StringBuilder _text = new();
    private string _pending = "";

    /// <summary>Whether a stop text has appeared.</summary>
    public bool Stopped { get; private set; }

    /// <summary>All text released so far.</summary>
    public string Text => _text.ToString();

    /// <summary>Characters that are held back.</summary>
    public int HeldBack => _pending.Length;

    /// <summary>Adds text and returns what can be shown now.</summary>
    public string Push(string text)
    {
        _pending += text;
        (int Start, int End) first = (0, int.MaxValue);
        foreach (string stop in stops)
        {
            int start = _pending.IndexOf(stop, StringComparison.Ordinal), end = start + stop.Length;
            if (start >= 0 && (end < first.End || (end == first.End && start < first.Start)))
            {
                first = (start, end);
                Stopped = true;
            }
        }
        return Release(Stopped ? first.Start : _pending.Length - LongestUnfinishedStop());
    }

    /// <summary>Returns what was held back, as no more text will come.</summary>
    public string Finish() => Stopped ? "" : Release(_pending.Length);

    private string Release(int length)
    {
        string released = _pending[..length];
        _pending = _pending[length..];
        _text.Append(released);
        return released;
    }

    private int LongestUnfinishedStop()
    {
        int longest = 0;
        foreach (string stop in stops)
        {
            for (int length = Math.Min(stop.Length - 1, _pending.Length); length > longest; length--)
            {
                if (_pending.AsSpan(_pending.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
