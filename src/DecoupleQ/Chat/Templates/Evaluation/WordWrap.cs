using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>The filter <c>wordwrap</c>: each line broken at its words, as Python's <c>textwrap</c> does.</summary>
internal sealed class WordWrap
{
    private readonly TextValue _line;
    private readonly CodePoints _starts;
    private readonly Rune[] _runes;
    private readonly int _width;
    private readonly bool _breaksLongWords, _breaksOnHyphens;

    private WordWrap(TextValue line, int width, bool breaksLongWords, bool breaksOnHyphens)
    {
        (_line, _width, _breaksLongWords, _breaksOnHyphens) = (line, width, breaksLongWords, breaksOnHyphens);
        _starts = CodePoints.Of(line.Text);
        _runes = [.. line.Text.EnumerateRunes()];
    }

    /// <summary>The filter: <c>wordwrap(width=79, break_long_words=true, wrapstring=none, break_on_hyphens=true)</c>.</summary>
    public static TextValue Filter(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "width", "break_long_words", "wrapstring", "break_on_hyphens");
        TextValue text = Conversions.RequireText(run, input, "The input of wordwrap");
        long width = given[0] is Value number ? Conversions.RequireInteger(run, number, "The argument width") : 79;
        TextValue separator = given[2] is null or NoneValue ? TextValue.Of("\n") : Conversions.RequireText(run, given[2]!, "The argument wrapstring");
        var lines = new List<TextValue>();
        foreach (TextValue line in TextSplitting.Lines(run, text))
        {
            if (width < 1)
            {
                throw run.Fail($"The argument width is {width}.", "at least 1");
            }
            run.Spend((long)Texts.LookUpWork * (1 + line.Text.Length));
            run.Make(24L * line.Text.Length);
            var wrap = new WordWrap(line, (int)Math.Min(width, int.MaxValue / 2), given[1]?.IsTrue ?? true, given[3]?.IsTrue ?? true);
            lines.Add(Texts.Join(run, separator, wrap.Lines(run)));
        }
        return Texts.Join(run, separator, lines);
    }

    private List<TextValue> Lines(TemplateRun run)
    {
        var rest = new Stack<Stretch>(Chunks().Reverse());
        var lines = new List<TextValue>();
        while (rest.Count > 0)
        {
            var line = new List<Stretch>();
            int length = 0;
            if (lines.Count > 0 && IsBlank(rest.Peek()))
            {
                rest.Pop();
            }
            while (rest.Count > 0 && length + Length(rest.Peek()) <= _width)
            {
                length += Length(rest.Peek());
                line.Add(rest.Pop());
            }
            if (rest.Count > 0 && Length(rest.Peek()) > _width)
            {
                TakeLongWord(rest, line, length);
            }
            if (line.Count > 0 && IsBlank(line[^1]))
            {
                line.RemoveAt(line.Count - 1);
            }
            if (line.Count > 0)
            {
                run.MakeList(8);
                lines.Add(_line.Part(run, _starts[line[0].Start], _starts[line[^1].End] - _starts[line[0].Start]));
            }
        }
        return lines;
    }

    private void TakeLongWord(Stack<Stretch> rest, List<Stretch> line, int length)
    {
        if (!_breaksLongWords)
        {
            if (line.Count == 0)
            {
                line.Add(rest.Pop());
            }
            return;
        }
        Stretch word = rest.Pop();
        int left = _width - length, end = word.Start + left;
        if (_breaksOnHyphens && Length(word) > left)
        {
            // Behind the last hyphen that fits, if there is more than hyphens before it.
            int hyphen = end - 1;
            while (hyphen > word.Start && _runes[hyphen].Value != '-')
            {
                hyphen--;
            }
            if (hyphen > word.Start && Enumerable.Range(word.Start, hyphen - word.Start).Any(i => _runes[i].Value != '-'))
            {
                end = hyphen + 1;
            }
        }
        if (end > word.Start)
        {
            line.Add(new Stretch(word.Start, end));
        }
        rest.Push(new Stretch(end, word.End));
    }

    /// <summary>White space and words in turn, in code points; words are cut behind hyphens between letters and at dashes.</summary>
    private IEnumerable<Stretch> Chunks()
    {
        for (int start = 0; start < _runes.Length;)
        {
            int end = start + 1;
            if (IsSpace(start))
            {
                while (end < _runes.Length && IsSpace(end))
                {
                    end++;
                }
            }
            else if (!_breaksOnHyphens)
            {
                while (end < _runes.Length && !IsSpace(end))
                {
                    end++;
                }
            }
            else if (DashEnd(start) is int dash)
            {
                end = dash;
            }
            else
            {
                while (end < _runes.Length && !IsSpace(end))
                {
                    if (IsHyphenBetweenLetters(end))
                    {
                        end++;
                        break;
                    }
                    if (DashEnd(end) is not null)
                    {
                        break;
                    }
                    end++;
                }
            }
            yield return new Stretch(start, end);
            start = end;
        }
    }

    /// <summary>Where two or more hyphens between words end that begin here; null if there are none.</summary>
    private int? DashEnd(int start)
    {
        if (start == 0 || _runes[start].Value != '-' || !IsWordOrPunctuation(start - 1))
        {
            return null;
        }
        int end = start;
        while (end < _runes.Length && _runes[end].Value == '-')
        {
            end++;
        }
        return end - start >= 2 && end < _runes.Length && IsWord(end) ? end : null;
    }

    private bool IsHyphenBetweenLetters(int at)
    {
        if (_runes[at].Value != '-')
        {
            return false;
        }
        bool before = at >= 2 && IsLetter(at - 1) && IsLetter(at - 2)
            || at >= 3 && IsWordOrPunctuation(at - 1) && _runes[at - 2].Value == '-' && IsLetter(at - 3);
        int next = at + 1;
        return before && next < _runes.Length && IsLetter(next)
            && (next + 1 < _runes.Length && (IsLetter(next + 1) || _runes[next + 1].Value == '-' && next + 2 < _runes.Length && IsLetter(next + 2)));
    }

    private static int Length(Stretch stretch) => stretch.End - stretch.Start;

    private bool IsBlank(Stretch stretch) => PythonText.IsWhiteSpace(_line.Text[_starts[stretch.Start]])
        && _line.Text.AsSpan(_starts[stretch.Start].._starts[stretch.End]).Trim(PythonText.WhiteSpace).IsEmpty;

    private bool IsSpace(int at) => _runes[at].Value is ' ' or (>= '\t' and <= '\r');

    private bool IsWord(int at) => PythonCharacters.IsWord(_runes[at]);

    private bool IsLetter(int at) => IsWord(at) && !PythonCharacters.IsDecimal(_runes[at]);

    private bool IsWordOrPunctuation(int at) => IsWord(at) || _runes[at].Value is '!' or '"' or '\'' or '&' or '.' or ',' or '?';
}
