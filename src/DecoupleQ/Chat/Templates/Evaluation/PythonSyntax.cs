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
        run.SpendItems(1);
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
                run.Spend(16);
                output.Append(PythonNumbers.Text(number.Number));
                break;
            case TextValue text:
                Quote(run, text, asciiOnly, output);
                break;
            case SafeTextValue safe:
                output.Append("Markup(");
                Write(run, safe.Text, output, asciiOnly);
                output.Append(")");
                break;
            case BytesValue bytes:
                run.Spend(4L * bytes.Bytes.Length);
                run.Make(8L * bytes.Bytes.Length);
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

    private static void Quote(TemplateRun run, TextValue value, bool asciiOnly, TextBuilder output)
    {
        // All of a text counts as given if some of it does: its characters are not told apart behind their escapes.
        (string text, bool isGiven) = (value.Text, value.HasGiven);
        run.Spend(2L * text.Length);
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        output.Append([quote], isGiven);
        int start = 0, at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            // Half of a pair that stands by itself comes as a character of its own, and is written as that.
            bool isHalf = char.IsSurrogate(text[at]) && rune.Value == 0xFFFD;
            string? escape = Escape(rune, quote, asciiOnly) ?? (isHalf ? rune.ToString() : null);
            int length = isHalf ? 1 : rune.Utf16SequenceLength;
            if (escape is not null)
            {
                output.Append(text.AsSpan(start, at - start), isGiven);
                output.Append(escape, isGiven);
                start = at + length;
            }
            at += length;
        }
        output.Append(text.AsSpan(start), isGiven);
        output.Append([quote], isGiven);
    }

    /// <summary>What stands for a character; null for the character itself.</summary>
    private static string? Escape(Rune rune, char quote, bool asciiOnly)
    {
        if (rune.Value is >= ' ' and < '\x7f')
        {
            return rune.Value == '\\' ? @"\\" : rune.Value == quote ? "\\" + quote : null;
        }
        if (rune.Value is '\n' or '\r' or '\t')
        {
            return rune.Value == '\n' ? @"\n" : rune.Value == '\r' ? @"\r" : @"\t";
        }
        if (!(asciiOnly && !rune.IsAscii) && PythonCharacters.IsPrintable(rune))
        {
            return null;
        }
        string format = rune.Value < 0x100 ? @"\xHH" : rune.Value < 0x10000 ? @"\uHHHH" : @"\UHHHHHHHH";
        return format[..2] + rune.Value.ToString("x" + format.Count(c => c == 'H'), CultureInfo.InvariantCulture);
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
