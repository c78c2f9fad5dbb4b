using System.Globalization;
using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Writes values as Python's <c>json.dumps</c>: the filter <c>tojson</c>.</summary>
/// <param name="run">The run.</param>
/// <param name="asciiOnly">Whether other characters become escapes.</param>
/// <param name="indent">What each level is indented by; null for one line.</param>
/// <param name="itemSeparator">Between items.</param>
/// <param name="keySeparator">Between a key and its value.</param>
/// <param name="sortKeys">Whether keys are sorted.</param>
internal sealed class JsonSyntax(TemplateRun run, bool asciiOnly, string? indent, string itemSeparator, string keySeparator, bool sortKeys)
{
    /// <summary>The filter: <c>tojson(ensure_ascii=false, indent=none, separators=none, sort_keys=false)</c>.</summary>
    public static Value Filter(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "ensure_ascii", "indent", "separators", "sort_keys");
        string? indent = given[1] switch
        {
            null or NoneValue => null,
            TextValue text => text.Text,
            Value width => Spaces(run, Conversions.RequireInteger(run, width, "The argument indent")),
        };
        (string item, string key) = given[2] switch
        {
            null or NoneValue => (indent is null ? ", " : ",", ": "),
            ListValue { Items: [TextValue first, TextValue second] } => (first.Text, second.Text),
            Value other => throw run.Fail($"The argument separators is {other.Kind}.", "a tuple of two texts"),
        };
        var output = new TextBuilder(run);
        new JsonSyntax(run, given[0]?.IsTrue ?? false, indent, item, key, given[3]?.IsTrue ?? false).Write(input, output, "\n");
        return output.ToText();
    }

    private void Write(Value value, TextBuilder output, string newLine)
    {
        run.Enter();
        run.SpendItems(1);
        switch (value)
        {
            case NoneValue:
                output.Append("null");
                break;
            case BooleanValue:
                output.Append(value.IsTrue ? "true" : "false");
                break;
            case IntegerValue integer:
                output.Append(Conversions.Digits(integer.Number));
                break;
            case FloatValue { Number: double number }:
                run.Spend(16);
                output.Append(double.IsNaN(number) ? "NaN" : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity" : PythonNumbers.Text(number));
                break;
            case TextValue text:
                Quote(text, output);
                break;
            case SafeTextValue safe:
                Quote(safe.Text, output);
                break;
            case ListValue list:
                WriteItems("[", "]", list.Items, item => Write(item, output, newLine + indent), output, newLine);
                break;
            case MappingValue mapping:
                IReadOnlyList<Value> keys = sortKeys ? Sorting.Sort(run, mapping.Keys, key => key, caseSensitive: true, descending: false).Items : mapping.Keys;
                WriteItems("{", "}", keys, key => WriteEntry(key, Mappings.Find(run, mapping, key)!, output, newLine), output, newLine);
                break;
            default:
                throw run.Fail($"There is no JSON for {value.Kind}.", "a text, number, boolean, none, list or mapping");
        }
        run.Leave();
    }

    private void WriteItems<T>(string open, string close, IReadOnlyList<T> items, Action<T> write, TextBuilder output, string newLine)
    {
        output.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            output.Append(i > 0 ? itemSeparator : "");
            output.Append(indent is null ? "" : newLine + indent);
            write(items[i]);
        }
        output.Append(indent is null || items.Count == 0 ? "" : newLine);
        output.Append(close);
    }

    private void WriteEntry(Value key, Value value, TextBuilder output, string newLine)
    {
        // Keys of JSON are texts: other simple values become their JSON.
        TextValue text = key switch
        {
            TextValue name => name,
            SafeTextValue safe => safe.Text,
            NoneValue or BooleanValue or IntegerValue or FloatValue => Simple(key),
            _ => throw run.Fail($"There is no JSON for a mapping with {key.Kind} as a key.", "keys that are texts, numbers, booleans or none"),
        };
        Quote(text, output);
        output.Append(keySeparator);
        Write(value, output, newLine + indent);
    }

    private TextValue Simple(Value value)
    {
        var text = new TextBuilder(run);
        Write(value, text, "\n");
        return text.ToText();
    }

    private void Quote(TextValue value, TextBuilder output)
    {
        // All of a text counts as given if some of it does: its characters are not told apart behind their escapes.
        (string text, bool isGiven) = (value.Text, value.HasGiven);
        output.Append("\"", isGiven);
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char character = text[i];
            string? escape = character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\f' => "\\f",
                '\b' => "\\b",
                < ' ' => Escape(character),
                >= '\x7f' when asciiOnly => Escape(character),
                _ => null,
            };
            if (escape is not null)
            {
                output.Append(text.AsSpan(start, i - start), isGiven);
                output.Append(escape, isGiven);
                start = i + 1;
            }
        }
        output.Append(text.AsSpan(start), isGiven);
        output.Append("\"", isGiven);
    }

    private static string Escape(char character) => "\\u" + ((int)character).ToString("x4", CultureInfo.InvariantCulture);

    private static string Spaces(TemplateRun run, long width) =>
        width is >= 0 and <= 64 ? new string(' ', (int)width) : throw run.Fail($"The argument indent is {width}.", "0 to 64");
}
