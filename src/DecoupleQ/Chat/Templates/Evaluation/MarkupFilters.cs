using System.Globalization;
using System.Text;
using DecoupleQ.Chat.Templates.Values;
using WebUtility = System.Net.WebUtility;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Filters for HTML and addresses.</summary>
internal static class MarkupFilters
{
    public static Value Safe(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return input as SafeTextValue ?? new SafeTextValue(Conversions.Print(run, input));
    }

    public static Value Escape(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return new SafeTextValue(SafeTexts.Escaped(run, input));
    }

    public static Value EscapeAgain(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return new SafeTextValue(SafeTexts.Escape(run, Conversions.Print(run, input)));
    }

    /// <summary><c>xmlattr(autospace=true)</c>: attributes of a tag from a mapping; those that are none or undefined are left out.</summary>
    public static Value Attributes(TemplateRun run, Value input, Arguments arguments)
    {
        bool spaceBefore = arguments.Bind(run, 0, "autospace")[0]?.IsTrue ?? true;
        MappingValue mapping = input as MappingValue ?? throw run.Fail($"The input of xmlattr is {input.Kind}.", "a mapping");
        var attributes = new TextBuilder(run);
        bool first = true;
        foreach ((Value key, Value value) in mapping.Entries.Where(entry => entry.Value is not (NoneValue or UndefinedValue)))
        {
            TextValue name = Conversions.RequireText(run, key, "The name of an attribute");
            run.Spend(32 + 4L * name.Text.Length);
            if (name.Text.Any(character => PythonText.IsWhiteSpace(character) || character is '/' or '>' or '='))
            {
                throw run.Fail("The name of an attribute has a character that would end it.", "names without white space, '/', '>' and '='");
            }
            attributes.Append(first && !spaceBefore ? "" : " ");
            attributes.Append(SafeTexts.Escaped(run, key));
            attributes.Append("=\"");
            attributes.Append(SafeTexts.Escaped(run, value));
            attributes.Append("\"");
            first = false;
        }
        return attributes.ToText();
    }

    /// <summary>The text of HTML: without comments and tags, white space one blank, and entities as their characters.</summary>
    public static Value StripTags(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        TextValue text = Conversions.Print(run, input);
        run.Spend(16L * text.Text.Length);
        // A word of one letter is an object of 24 bytes.
        run.Make(32L * text.Text.Length);
        string rest = Without(Without(text.Text, "<!--", "-->"), "<", ">");
        string plain = string.Join(' ', rest.Split(PythonText.WhiteSpace.ToCharArray(), StringSplitOptions.RemoveEmptyEntries));
        plain = WebUtility.HtmlDecode(plain);
        return text.HasGiven ? TextValue.OfGiven(plain) : TextValue.Of(plain);
    }

    /// <summary>A text with characters escaped as in an address; a mapping or pairs as its query.</summary>
    public static Value UrlEncode(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        IEnumerable<(Value Key, Value Value)>? pairs = input switch
        {
            MappingValue mapping => mapping.Entries,
            ListValue list => list.Items.Select(item => Conversions.Items(run, item) is [Value key, Value value]
                ? (key, value)
                : throw run.Fail("An item of the list is no pair.", "pairs of name and value")),
            _ => null,
        };
        if (pairs is null)
        {
            return Quote(run, input, isQuery: false);
        }
        var query = new List<TextValue>();
        foreach ((Value key, Value value) in pairs)
        {
            run.MakeList(4);
            query.Add(Texts.Join(run, TextValue.Of("="), [Quote(run, key, isQuery: true), Quote(run, value, isQuery: true)]));
        }
        return Texts.Join(run, TextValue.Of("&"), query);
    }

    private static TextValue Quote(TemplateRun run, Value value, bool isQuery)
    {
        TextValue text = Conversions.Print(run, value);
        run.Spend(16 + 4L * text.Text.Length);
        byte[] bytes = value is BytesValue raw ? raw.Bytes : Encoding.UTF8.GetBytes(text.Text);
        run.Spend(4L * bytes.Length);
        run.Make(12L * bytes.Length);
        var quoted = new StringBuilder();
        foreach (byte unit in bytes)
        {
            char character = (char)unit;
            bool stays = char.IsAsciiLetterOrDigit(character) || character is '_' or '.' or '-' or '~' || character == '/' && !isQuery;
            quoted.Append(stays ? character.ToString() : character == ' ' && isQuery ? "+" : "%" + unit.ToString("X2", CultureInfo.InvariantCulture));
        }
        return text.HasGiven ? TextValue.OfGiven(quoted.ToString()) : TextValue.Of(quoted.ToString());
    }

    /// <summary>
    /// A text without everything from an opening to the closing behind it, and again in what is left, as long as there is any.
    /// </summary>
    private static string Without(string text, string open, string close)
    {
        var rest = new StringBuilder();
        int position = 0;
        while (true)
        {
            int start = text.IndexOf(open, position, StringComparison.Ordinal);
            int end = start < 0 ? -1 : text.IndexOf(close, start, StringComparison.Ordinal);
            if (end < 0)
            {
                return rest.Append(text, position, text.Length - position).ToString();
            }
            rest.Append(text, position, start - position);
            position = end + close.Length;
        }
    }
}
