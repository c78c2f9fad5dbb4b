using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>The methods <c>maketrans</c> and <c>translate</c>: characters replaced by a table.</summary>
internal static class TextTranslation
{
    /// <summary><c>maketrans</c>: a table from a mapping, or from two texts of one length and a text of characters to be left out.</summary>
    public static Value Table(TemplateRun run, TextValue text, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 1, "x", "y", "z");
        if (given[1] is null)
        {
            MappingValue mapping = given[0] as MappingValue ?? throw run.Fail($"The argument of maketrans is {given[0]!.Kind}.", "a mapping, or two texts");
            return Mappings.Of(run, mapping.Entries.Select(entry => (Key(run, entry.Key), entry.Value)));
        }
        Value[] from = Codes(run, given[0]!), to = Codes(run, given[1]!);
        if (from.Length != to.Length)
        {
            throw run.Fail("The two texts of maketrans differ in length.", "a character for each");
        }
        IEnumerable<Value> omitted = given[2] is Value characters ? Codes(run, characters) : [];
        return Mappings.Of(run, from.Zip(to).Concat(omitted.Select(code => (code, (Value)NoneValue.Instance))));
    }

    /// <summary><c>translate</c>: each character replaced by what the table has for its number: a text, a number, or none to leave it out.</summary>
    public static Value Translate(TemplateRun run, TextValue text, Arguments arguments)
    {
        Value given = arguments.Bind(run, 1, "table")[0]!;
        MappingValue table = given as MappingValue ?? throw run.Fail($"The argument of translate is {given.Kind}.", "a table that maketrans makes");
        var translated = new TextBuilder(run);
        CodePoints starts = TextParts.CodePointsOf(run, text.Text);
        for (int i = 0; i < starts.Count; i++)
        {
            run.SpendItems(2);
            (int start, int length) = (starts[i], starts[i + 1] - starts[i]);
            switch (table.Find(new IntegerValue(length > 1 ? char.ConvertToUtf32(text.Text, start) : text.Text[start])))
            {
                case null:
                    translated.Append(text, start, length);
                    break;
                case NoneValue:
                    break;
                case TextValue replacement:
                    translated.Append(replacement);
                    break;
                case IntegerValue { Number: >= 0 and < 0x110000 and not (>= 0xD800 and < 0xE000) } code:
                    translated.Append(char.ConvertFromUtf32((int)code.Number), text.HasGivenIn(start, length));
                    break;
                case Value other:
                    throw run.Fail($"The table of translate has {other.Kind} for a character.", "a text, the number of a character, or none");
            }
        }
        return translated.ToText();
    }

    private static Value Key(TemplateRun run, Value key) => key switch
    {
        IntegerValue => key,
        TextValue { Text.Length: 1 or 2 } text when PythonText.Length(text.Text) == 1 => Code(text.Text),
        _ => throw run.Fail($"A key of maketrans is {key.Kind}.", "characters or their numbers"),
    };

    private static Value[] Codes(TemplateRun run, Value text)
    {
        IReadOnlyList<Value> characters = Conversions.Items(run, Conversions.RequireText(run, text, "The argument of maketrans"));
        run.MakeValues(characters.Count);
        return [.. characters.Select(character => Code(((TextValue)character).Text))];
    }

    private static IntegerValue Code(string character) =>
        new(character.Length > 1 ? char.ConvertToUtf32(character[0], character[1]) : character[0]);
}
