using System.Globalization;
using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Writes values as Python's <c>repr</c>, which is what printing a list or mapping shows.</summary>
internal static class PythonSyntax
{
    public static void Write(TemplateRun run, Value value, TextBuilder output)
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
                output.Append(Quote(text.Text), text.HasGiven);
                break;
            case UndefinedValue:
                output.Append("Undefined");
                break;
            case ListValue list:
                WriteList(run, list, output);
                break;
            case MappingValue mapping:
                WriteMapping(run, mapping, output);
                break;
            default:
                throw run.Fail($"A text of {value.Kind} is not supported.", "a text, number, list or mapping to print");
        }
        run.Leave();
    }

    private static void WriteList(TemplateRun run, ListValue list, TextBuilder output)
    {
        output.Append(list.IsTuple ? "(" : "[");
        for (int i = 0; i < list.Items.Count; i++)
        {
            output.Append(i > 0 ? ", " : "");
            Write(run, list.Items[i], output);
        }
        output.Append(list.IsTuple ? list.Items.Count == 1 ? ",)" : ")" : "]");
    }

    private static void WriteMapping(TemplateRun run, MappingValue mapping, TextBuilder output)
    {
        output.Append("{");
        string separator = "";
        foreach ((TextValue key, Value item) in mapping.Entries)
        {
            output.Append(separator);
            Write(run, key, output);
            output.Append(": ");
            Write(run, item, output);
            separator = ", ";
        }
        output.Append("}");
    }

    private static string Quote(string text)
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
                case int code when !IsPrintable(rune):
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

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
