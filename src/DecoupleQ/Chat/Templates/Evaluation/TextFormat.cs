using System.Globalization;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>
/// <c>text.format(...)</c>: replaces <c>{field!conversion:format}</c>, where a field is a number, a name or nothing, then attributes and items.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="positional">The arguments by number.</param>
/// <param name="named">The argument of a name, or null.</param>
internal sealed class TextFormat(TemplateRun run, IReadOnlyList<Value> positional, Func<string, Value?> named)
{
    private const string Expected = "{}, {0} or {name}, with '{{' and '}}' for braces";

    private int _next;
    private bool _counts, _numbers;

    /// <summary>The text with its fields replaced.</summary>
    public TextValue Format(TextValue text) => Format(text, 0);

    private TextValue Format(TextValue text, int depth)
    {
        // Python lets a format hold fields, but those no more.
        if (depth > 1)
        {
            throw run.Fail("Fields are nested too deeply.", "a field, and fields in its format");
        }
        var output = new TextBuilder(run);
        string characters = text.Text;
        int position = 0;
        while (position < characters.Length)
        {
            int brace = characters.AsSpan(position).IndexOfAny('{', '}');
            int end = brace < 0 ? characters.Length : position + brace;
            output.Append(text, position, end - position);
            if (brace < 0)
            {
                break;
            }
            if (end + 1 < characters.Length && characters[end + 1] == characters[end])
            {
                output.Append(text, end, 1);
                position = end + 2;
                continue;
            }
            if (characters[end] == '}')
            {
                throw run.Fail("A '}' of the text stands by itself.", Expected);
            }
            int close = Close(characters, end + 1);
            output.Append(Field(text.Part(run, end + 1, close - end - 1), depth));
            position = close + 1;
        }
        return output.ToText();
    }

    private int Close(string text, int start)
    {
        int open = 1;
        bool inItem = false;
        for (int i = start; i < text.Length; i++)
        {
            // A bracket holds anything up to its end.
            inItem = inItem ? text[i] != ']' : text[i] == '[';
            open += inItem ? 0 : text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (open == 0)
            {
                return i;
            }
        }
        throw run.Fail("A field has no end.", "'}'");
    }

    private TextValue Field(TextValue field, int depth)
    {
        string text = field.Text;
        run.Spend(32 + 4L * text.Length);
        int end = 0;
        for (bool inItem = false; end < text.Length && (inItem || text[end] is not ('!' or ':')); end++)
        {
            inItem = inItem ? text[end] != ']' : text[end] == '[';
        }
        Value value = Lookup(text[..end]);
        char conversion = '\0';
        if (end < text.Length && text[end] == '!')
        {
            bool whole = end + 2 == text.Length || end + 2 < text.Length && text[end + 2] == ':';
            conversion = whole ? text[end + 1] : throw run.Fail($"The field '{{{text}}}' has a wrong conversion.", "!s, !r or !a");
            end += 2;
        }
        TextValue spec = end < text.Length ? Format(field.Part(run, end + 1, text.Length - end - 1), depth + 1) : TextValue.Empty;
        value = conversion switch
        {
            '\0' => value,
            's' => Conversions.Print(run, value),
            'r' => PythonSyntax.Repr(run, value),
            'a' => PythonSyntax.Repr(run, value, asciiOnly: true),
            _ => throw run.Fail($"The conversion '!{conversion}' is none.", "!s, !r or !a"),
        };
        return FormatSpec.Format(run, value, spec);
    }

    private Value Lookup(string field)
    {
        int end = field.AsSpan().IndexOfAny('.', '[');
        Value value = First(end < 0 ? field : field[..end]);
        while (end >= 0 && end < field.Length)
        {
            if (field[end] == '[')
            {
                int close = field.IndexOf(']', end);
                string item = close > end + 1 ? field[(end + 1)..close] : throw run.Fail($"The field '{{{field}}}' has an item without end or name.", "[item]");
                value = Operators.Item(run, value, Number(item) is long index ? new IntegerValue(index) : TextValue.Of(item));
                end = close + 1;
            }
            else
            {
                int stop = field.AsSpan(end + 1).IndexOfAny('.', '[');
                stop = stop < 0 ? field.Length : end + 1 + stop;
                string name = stop > end + 1 ? field[(end + 1)..stop] : throw run.Fail($"The field '{{{field}}}' has an attribute without name.", ".name");
                value = Operators.Attribute(run, value, name);
                end = stop;
            }
            if (end < field.Length && field[end] is not ('.' or '['))
            {
                throw run.Fail($"The field '{{{field}}}' is none.", "'.' or '[' after an item");
            }
        }
        return value;
    }

    private Value First(string name)
    {
        if (name.Length > 0 && Number(name) is null)
        {
            return named(name) ?? throw run.Fail($"There is no argument '{name}'.", "an argument for each field");
        }
        (_counts, _numbers) = (_counts || name.Length == 0, _numbers || name.Length > 0);
        if (_counts && _numbers)
        {
            throw run.Fail("Fields with numbers and fields without stand in one text.", "one of the two");
        }
        long index = Number(name) ?? _next++;
        return index < positional.Count
            ? positional[(int)index]
            : throw run.Fail($"There is no argument {Conversions.Digits(index)}.", "an argument for each field");
    }

    private static long? Number(string text) =>
        text.Length is > 0 and < 18 && text.All(char.IsAsciiDigit) ? long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) : null;
}
