using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Puts a text together; its length counts as work of the run.</summary>
internal sealed class TextBuilder(TemplateRun run)
{
    private readonly StringBuilder _text = new();
    private readonly List<Stretch> _given = [];

    /// <summary>What there is so far, in UTF-16 units.</summary>
    public int Length => _text.Length;

    public void Append(TextValue text) => Append(text, 0, text.Text.Length);

    /// <summary>Adds a part of a text, in UTF-16 units.</summary>
    public void Append(TextValue text, int start, int length)
    {
        if (text.HasGiven)
        {
            foreach (Stretch stretch in text.GivenIn(start, length))
            {
                AddGiven(_text.Length + stretch.Start, _text.Length + stretch.End);
            }
        }
        AppendText(text.Text.AsSpan(start, length));
    }

    /// <summary>Adds text that the template wrote, or that was given to it.</summary>
    public void Append(ReadOnlySpan<char> text, bool isGiven = false)
    {
        if (isGiven && text.Length > 0)
        {
            AddGiven(_text.Length, _text.Length + text.Length);
        }
        AppendText(text);
    }

    /// <summary>Adds a character that the template wrote, so many times.</summary>
    public void Append(char character, int times)
    {
        Count(times);
        _text.Append(character, times);
    }

    public TextValue ToText() => new(_text.ToString(), [.. _given]);

    private void AppendText(ReadOnlySpan<char> text)
    {
        Count(text.Length);
        _text.Append(text);
    }

    private void AddGiven(int start, int end)
    {
        // Neighbours grow together, so that text put together piece by piece stays simple.
        if (_given.Count > 0 && _given[^1].End == start)
        {
            _given[^1] = _given[^1] with { End = end };
        }
        else
        {
            run.MakeValues(1);
            _given.Add(new Stretch(start, end));
        }
    }

    // Once in the builder, and once in the text that it becomes.
    private void Count(int characters)
    {
        run.Spend(1 + characters);
        run.Make(4L * characters);
    }
}
