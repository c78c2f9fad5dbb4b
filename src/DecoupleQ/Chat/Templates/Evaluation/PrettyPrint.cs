using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>The filter <c>pprint</c>: values as Python's <c>pprint</c> writes them, keys sorted, at most 80 characters a line where that can be.</summary>
internal sealed class PrettyPrint(TemplateRun run)
{
    private const int Width = 80;

    private readonly TextBuilder _output = new(run);

    public static TextValue Filter(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        var printer = new PrettyPrint(run);
        printer.Write(Sorted(run, input), 0, 0, 0);
        return printer._output.ToText();
    }

    private static Value Sorted(TemplateRun run, Value value)
    {
        run.Enter();
        run.MakeList(value is ListValue { Items.Count: int items } ? items : 0);
        Value sorted = value switch
        {
            ListValue list => new ListValue([.. list.Items.Select(item => Sorted(run, item))], list.IsTuple),
            MappingValue mapping => Mappings.Of(
                run,
                Sorting.Sort(run, mapping.Keys, key => key, caseSensitive: true, descending: false).Items
                    .Select(key => (key, Sorted(run, Mappings.Find(run, mapping, key)!)))),
            _ => value,
        };
        run.Leave();
        return sorted;
    }

    private void Write(Value value, int indent, int allowance, int level)
    {
        run.Enter();
        TextValue text = PythonSyntax.Repr(run, value);
        if (TextParts.Length(run, text.Text) <= Width - indent - allowance)
        {
            _output.Append(text);
            run.Leave();
            return;
        }
        switch (value)
        {
            case MappingValue mapping:
                WriteItems("{", "}", mapping.Keys, indent, allowance, (key, at, end) =>
                {
                    TextValue name = PythonSyntax.Repr(run, key);
                    _output.Append(name);
                    _output.Append(": ");
                    Write(Mappings.Find(run, mapping, key)!, at + TextParts.Length(run, name.Text) + 2, end, level + 1);
                });
                break;
            case ListValue list:
                (string open, string close) = !list.IsTuple ? ("[", "]") : list.Items.Count == 1 ? ("(", ",)") : ("(", ")");
                WriteItems(open, close, list.Items, indent, allowance, (item, at, end) => Write(item, at, end, level + 1));
                break;
            case TextValue words when words.Text.Length > 0:
                WriteText(words, indent, allowance, level == 0);
                break;
            default:
                _output.Append(text);
                break;
        }
        run.Leave();
    }

    private void WriteItems(string open, string close, IReadOnlyList<Value> items, int indent, int allowance, Action<Value, int, int> write)
    {
        _output.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            _output.Append(i > 0 ? ",\n" : "");
            _output.Append(' ', i > 0 ? indent + 1 : 0);
            write(items[i], indent + 1, i == items.Count - 1 ? allowance + close.Length : 1);
        }
        _output.Append(close);
    }

    /// <summary>A long text as several side by side, cut at its lines and words.</summary>
    private void WriteText(TextValue text, int indent, int allowance, bool isOutermost)
    {
        (indent, allowance) = isOutermost ? (indent + 1, allowance + 1) : (indent, allowance);
        var chunks = new List<TextValue>();
        IReadOnlyList<TextValue> lines = TextSplitting.Lines(run, text, keepsEnds: true);
        for (int i = 0; i < lines.Count; i++)
        {
            int last = i == lines.Count - 1 ? allowance : 0;
            if (Length(lines[i]) <= Width - indent - last)
            {
                chunks.Add(lines[i]);
                continue;
            }
            List<TextValue> words = Words(lines[i]);
            TextValue current = TextValue.Empty;
            for (int j = 0; j < words.Count; j++)
            {
                TextValue candidate = Texts.Join(run, TextValue.Empty, [current, words[j]]);
                bool fits = Length(candidate) <= Width - indent - (j == words.Count - 1 ? last : 0);
                if (!fits && current.Text.Length > 0)
                {
                    chunks.Add(current);
                }
                current = fits ? candidate : words[j];
            }
            chunks.Add(current);
        }
        bool inParentheses = isOutermost && chunks.Count > 1;
        _output.Append(inParentheses ? "(" : "");
        for (int i = 0; i < chunks.Count; i++)
        {
            _output.Append(i > 0 ? "\n" : "");
            _output.Append(' ', i > 0 ? indent : 0);
            _output.Append(PythonSyntax.Repr(run, chunks[i]));
        }
        _output.Append(inParentheses ? ")" : "");
    }

    private int Length(TextValue text) => TextParts.Length(run, PythonSyntax.Repr(run, text).Text);

    /// <summary>Words, each with the white space behind it.</summary>
    private List<TextValue> Words(TextValue line)
    {
        var words = new List<TextValue>();
        for (int start = 0, end; start < line.Text.Length; start = end)
        {
            end = start;
            while (end < line.Text.Length && !PythonText.IsWhiteSpace(line.Text[end]))
            {
                end++;
            }
            while (end < line.Text.Length && PythonText.IsWhiteSpace(line.Text[end]))
            {
                end++;
            }
            run.MakeList(1);
            words.Add(line.Part(run, start, end - start));
        }
        return words;
    }
}
