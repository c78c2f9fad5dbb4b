using System.Globalization;
using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Writes values as Python's <c>repr</c>, which is what printing a list or mapping shows.</summary>
internal static class PythonSyntax
{
    /// <summary>The <c>repr</c> of a value.</summary>
    /// <param name="run">The run.</param>
    /// <param name="value">The value.</param>
    /// <param name="asciiOnly">Whether other characters become escapes, as with <c>ascii</c>.</param>
    public static TextValue Repr(TemplateRun run, Value value, bool asciiOnly = false)
    {
        var output = new TextBuilder(run);
        Write(run, value, output, asciiOnly);
        return output.ToText();
    }

    public static void Write(TemplateRun run, Value value, TextBuilder output, bool asciiOnly = false)
    {
        run.Enter();
        run.Spend(1);
        switch (value)
        {
            case NoneValue:
                output.Append("None");
                break;
            case BooleanValue:
                output.Append(value.IsTrue ? "True" : "False");
                break;
            case IntegerValue integer:
                output.Append(Conversions.Digits(integer.Number));
                break;
            case FloatValue number:
                output.Append(PythonNumbers.Text(number.Number));
                break;
            case TextValue text:
                output.Append(Quote(text.Text, asciiOnly), text.HasGiven);
                break;
            case SafeTextValue safe:
                output.Append("Markup(");
                Write(run, safe.Text, output, asciiOnly);
                output.Append(")");
                break;
            case BytesValue bytes:
                output.Append(Quote(bytes), bytes.IsGiven);
                break;
            case UndefinedValue:
                output.Append("Undefined");
                break;
            case ListValue list:
                WriteList(run, list, output, asciiOnly);
                break;
            case MappingValue mapping:
                WriteMapping(run, mapping, output, asciiOnly);
                break;
            default:
                throw run.Fail($"A text of {value.Kind} is not supported.", "a text, number, list or mapping to print");
        }
        run.Leave();
    }

    private static void WriteList(TemplateRun run, ListValue list, TextBuilder output, bool asciiOnly)
    {
        output.Append(list.IsTuple ? "(" : "[");
        for (int i = 0; i < list.Items.Count; i++)
        {
            output.Append(i > 0 ? ", " : "");
            Write(run, list.Items[i], output, asciiOnly);
        }
        output.Append(list.IsTuple ? list.Items.Count == 1 ? ",)" : ")" : "]");
    }

    private static void WriteMapping(TemplateRun run, MappingValue mapping, TextBuilder output, bool asciiOnly)
    {
        output.Append("{");
        string separator = "";
        foreach ((Value key, Value item) in mapping.Entries)
        {
            output.Append(separator);
            Write(run, key, output, asciiOnly);
            output.Append(": ");
            Write(run, item, output, asciiOnly);
            separator = ", ";
        }
        output.Append("}");
    }

    private static string Quote(string text, bool asciiOnly)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var quoted = new StringBuilder(text.Length + 2).Append(quote);
        foreach (Rune rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\\':
                    quoted.Append(@"\\");
                    break;
                case '\n':
                    quoted.Append(@"\n");
                    break;
                case '\r':
                    quoted.Append(@"\r");
                    break;
                case '\t':
                    quoted.Append(@"\t");
                    break;
                case int code when code == quote:
                    quoted.Append('\\').Append(quote);
                    break;
                case int code when asciiOnly && !rune.IsAscii || !PythonCharacters.IsPrintable(rune):
                    string format = code < 0x100 ? @"\xHH" : code < 0x10000 ? @"\uHHHH" : @"\UHHHHHHHH";
                    quoted.Append(format[..2]).Append(code.ToString("x" + format.Count(c => c == 'H'), CultureInfo.InvariantCulture));
                    break;
                default:
                    quoted.Append(rune.ToString());
                    break;
            }
        }
        return quoted.Append(quote).ToString();
    }

    private static string Quote(BytesValue bytes)
    {
        bool isDouble = bytes.Bytes.Contains((byte)'\'') && !bytes.Bytes.Contains((byte)'"');
        char quote = isDouble ? '"' : '\'';
        var quoted = new StringBuilder("b").Append(quote);
        foreach (byte value in bytes.Bytes)
        {
            quoted.Append((char)value switch
            {
                '\\' => @"\\",
                '\n' => @"\n",
                '\r' => @"\r",
                '\t' => @"\t",
                char character when character == quote => "\\" + quote,
                >= ' ' and <= '~' => ((char)value).ToString(),
                _ => @"\x" + value.ToString("x2", CultureInfo.InvariantCulture),
            });
        }
        return quoted.Append(quote).ToString();
    }
}
