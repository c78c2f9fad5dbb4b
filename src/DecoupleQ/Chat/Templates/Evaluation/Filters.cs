using System.Text.Json;
using DecoupleQ.Chat.Templates.Values;
using DecoupleQ.Storage;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>The filters: <c>value | name(arguments)</c>. All of Jinja's, and what transformers and llama.cpp add to them.</summary>
internal static class Filters
{
    private delegate Value Filter(TemplateRun run, Value input, Arguments arguments);

    private static readonly Dictionary<string, Filter> ByName = new()
    {
        ["abs"] = NumberFilters.Absolute,
        ["attr"] = Attribute,
        ["batch"] = Grouping.Batch,
        ["capitalize"] = (run, input, arguments) => TextFilters.Change(run, input, arguments, Texts.Capitalize),
        ["center"] = TextFilters.Center,
        ["count"] = Length,
        ["d"] = Default,
        ["default"] = Default,
        ["dictsort"] = Mappings.Sort,
        ["e"] = MarkupFilters.Escape,
        ["escape"] = MarkupFilters.Escape,
        ["filesizeformat"] = NumberFilters.FileSize,
        ["first"] = ListFilters.First,
        ["float"] = NumberFilters.ToFloat,
        ["forceescape"] = MarkupFilters.EscapeAgain,
        ["format"] = TextFilters.Format,
        ["from_json"] = FromJson,
        ["groupby"] = Grouping.GroupBy,
        ["indent"] = TextFilters.Indent,
        ["int"] = NumberFilters.ToInteger,
        ["items"] = Items,
        ["join"] = ListFilters.Join,
        ["last"] = ListFilters.Last,
        ["length"] = Length,
        ["list"] = ListFilters.ToList,
        ["lower"] = (run, input, arguments) => TextFilters.Change(run, input, arguments, Texts.Lower),
        ["map"] = ListFilters.Map,
        ["max"] = (run, input, arguments) => Grouping.Extreme(run, input, arguments, isMost: true),
        ["min"] = (run, input, arguments) => Grouping.Extreme(run, input, arguments, isMost: false),
        ["pprint"] = PrettyPrint.Filter,
        ["random"] = ListFilters.Random,
        ["reject"] = (run, input, arguments) => ListFilters.Select(run, input, arguments, byAttribute: false, keeps: false),
        ["rejectattr"] = (run, input, arguments) => ListFilters.Select(run, input, arguments, byAttribute: true, keeps: false),
        ["replace"] = TextFilters.Replace,
        ["reverse"] = ListFilters.Reverse,
        ["round"] = NumberFilters.Round,
        ["safe"] = MarkupFilters.Safe,
        ["select"] = (run, input, arguments) => ListFilters.Select(run, input, arguments, byAttribute: false, keeps: true),
        ["selectattr"] = (run, input, arguments) => ListFilters.Select(run, input, arguments, byAttribute: true, keeps: true),
        ["slice"] = Grouping.Slices,
        ["sort"] = Sorting.Filter,
        ["string"] = TextFilters.ToText,
        ["striptags"] = MarkupFilters.StripTags,
        ["sum"] = NumberFilters.Sum,
        ["title"] = TextFilters.Title,
        ["tojson"] = JsonSyntax.Filter,
        ["trim"] = TextFilters.Trim,
        ["truncate"] = TextFilters.Truncate,
        ["unique"] = ListFilters.Unique,
        ["upper"] = (run, input, arguments) => TextFilters.Change(run, input, arguments, Texts.Upper),
        ["urlencode"] = MarkupFilters.UrlEncode,
        ["urlize"] = UrlLinks.Filter,
        ["wordcount"] = TextFilters.WordCount,
        ["wordwrap"] = WordWrap.Filter,
        ["xmlattr"] = MarkupFilters.Attributes,
    };

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys];

    public static bool Contains(string name) => ByName.ContainsKey(name);

    /// <summary>The value that a filter makes of <paramref name="input"/>.</summary>
    public static Value Apply(TemplateRun run, string name, Value input, Arguments arguments)
    {
        run.SpendItems(4);
        run.Spend(Math.Max(name.Length, input is TextValue text ? text.Text.Length : 0));
        return ByName.TryGetValue(name, out Filter? filter)
            ? filter(run, input, arguments)
            : throw run.Fail($"The filter '{name}' is not supported.", "one of " + string.Join(", ", Names));
    }

    private static Value Attribute(TemplateRun run, Value input, Arguments arguments)
    {
        string name = Conversions.Print(run, arguments.Bind(run, 1, "name")[0]!).Text;
        // Other than a dot, it does not look for keys of mappings.
        return input is MappingValue && !Methods.Has(input, name)
            ? new UndefinedValue($"A mapping has no attribute '{name}'.")
            : Operators.Attribute(run, input, name);
    }

    private static IntegerValue Length(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return new IntegerValue(input switch
        {
            TextValue text => TextParts.Length(run, text.Text),
            SafeTextValue safe => TextParts.Length(run, safe.Text.Text),
            BytesValue bytes => bytes.Bytes.Length,
            ListValue list => list.Items.Count,
            MappingValue mapping => mapping.Keys.Count,
            UndefinedValue => 0,
            LoopValue loop => ((IntegerValue)loop.Find("length")!).Number,
            _ => throw run.Fail($"{Conversions.Capitalized(input.Kind)} has no length.", "a text, list or mapping"),
        });
    }

    private static Value Default(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "default_value", "boolean");
        return input is UndefinedValue || (given[1]?.IsTrue ?? false) && !input.IsTrue ? given[0] ?? TextValue.Empty : input;
    }

    private static ListValue Items(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        return input switch
        {
            MappingValue mapping => Mappings.Items(run, mapping),
            UndefinedValue => new ListValue([]),
            _ => throw run.Fail($"The input of items is {input.Kind}.", "a mapping"),
        };
    }

    private static Value FromJson(TemplateRun run, Value input, Arguments arguments)
    {
        arguments.None(run);
        TextValue text = Conversions.RequireText(run, input, "The input of from_json");
        run.Spend(8L * text.Text.Length);
        // The document's own table, which is given back at once.
        run.Make(12L * text.Text.Length);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text.Text);
            return JsonValues.Of(document.RootElement, text.HasGiven, run.Make, problem => run.Fail(problem, "JSON whose numbers fit 64 bits"));
        }
        catch (JsonException error)
        {
            throw run.Fail($"The input of from_json is no JSON: {JsonFault.Of(error)}", "JSON");
        }
    }
}
