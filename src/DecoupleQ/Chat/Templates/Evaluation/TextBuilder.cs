using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Puts a text together; its length counts as work of the run.</summary>
internal sealed class TextBuilder(TemplateRun run)
{
    private readonly StringBuilder _text = new();
    private readonly List<Stretch> _given = [];

    public void Append(TextValue text)
    {
        foreach (Stretch stretch in text.Given)
        {
            AddGiven(_text.Length + stretch.Start, _text.Length + stretch.End);
        }
        AppendText(text.Text);
    }

    /// <summary>Adds text that the template wrote, or that was given to it.</summary>
    public void Append(string text, bool isGiven = false)
    {
        if (isGiven && text.Length > 0)
        {
            AddGiven(_text.Length, _text.Length + text.Length);
        }
        AppendText(text);
    }

    public TextValue ToText() => new(_text.ToString(), [.. _given]);

    private void AppendText(string text)
    {
        run.Spend(text.Length);
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
            _given.Add(new Stretch(start, end));
        }
    }
}
