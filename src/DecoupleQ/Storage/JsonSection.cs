using System.Text.Json;
using System.Text.Json.Nodes;

namespace DecoupleQ.Storage;

/// <summary>
/// A part of a JSON file that is read by type: an object, a list or a value. Errors name the file, where it stands there, and what was expected.
/// </summary>
/// <remarks>A field whose value is null counts as absent, as it does for transformers.</remarks>
internal readonly partial struct JsonSection
{
    private const int LongestShown = 60;

    private readonly JsonElement _element;
    private readonly JsonPlace? _place;

    /// <summary>The root of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="root">What it holds.</param>
    public JsonSection(string file, JsonElement root)
        : this(file, root, null)
    {
    }

    /// <summary>An object that stands for a file's content; later changes of <paramref name="root"/> do not show.</summary>
    public JsonSection(string file, JsonObject root)
        : this(file, JsonElement.Parse(root.ToJsonString()))
    {
    }

    private JsonSection(string file, JsonElement element, JsonPlace? place) => (File, _element, _place) = (file, element, place);

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>Where it stands in the file, as in <c>model.merges[3]</c>; empty for the root.</summary>
    public string Path => _place?.ToString() ?? "";

    public bool IsText => _element.ValueKind == JsonValueKind.String;

    public bool IsList => _element.ValueKind == JsonValueKind.Array;

    public bool IsNumber => _element.ValueKind == JsonValueKind.Number;

    public bool IsObject => _element.ValueKind == JsonValueKind.Object;

    /// <summary>True or false; null if it is neither.</summary>
    public bool? AsFlag => _element.ValueKind is JsonValueKind.True or JsonValueKind.False ? _element.GetBoolean() : null;

    public bool IsZero => _element.ValueKind == JsonValueKind.Number && _element.TryGetDouble(out double value) && value == 0;

    /// <summary>Whether it is the value that <paramref name="json"/> spells; 1 is 1.0.</summary>
    public bool Is(string json)
    {
        try
        {
            return JsonElement.DeepEquals(_element, JsonElement.Parse(json));
        }
        catch (InvalidOperationException)
        {
            // A text that is none is equal to none.
            return false;
        }
    }

    /// <summary>The value as it is written, shortened.</summary>
    public string Shown()
    {
        try
        {
            return _element.ValueKind == JsonValueKind.Undefined ? "null" : Shorten(_element.GetRawText());
        }
        catch (InvalidOperationException)
        {
            return "no Unicode text";
        }
    }

    /// <summary>The value as it is written.</summary>
    public string Json() => _element.GetRawText();

    /// <summary>True or false.</summary>
    /// <exception cref="DecoupleQException">It is something else.</exception>
    public bool Flag() => AsFlag ?? throw Unexpected("true or false");

    /// <summary>A text.</summary>
    /// <exception cref="DecoupleQException">It is something else, or no valid text.</exception>
    public string Text()
    {
        Expect(JsonValueKind.String, "a text");
        try
        {
            return _element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw Error("is no Unicode text", "a string without lone surrogates", e);
        }
    }

    /// <summary>A number from 0 to <paramref name="most"/>, written without a point or an exponent.</summary>
    /// <exception cref="DecoupleQException">It is something else.</exception>
    public int Count(int most) => _element.ValueKind == JsonValueKind.Number && _element.TryGetInt32(out int value) && value >= 0 && value <= most
        ? value
        : throw Unexpected($"a whole number from 0 to {most}");

    /// <summary>An integer in [<paramref name="least"/>, <paramref name="most"/>]; some writers spell one as 4096.0.</summary>
    /// <exception cref="DecoupleQException">It is something else.</exception>
    public int Integer(int least = int.MinValue, int most = int.MaxValue)
    {
        string expected = most == int.MaxValue ? $"an integer of at least {least}" : $"an integer from {least} to {most}";
        Expect(JsonValueKind.Number, expected);
        double number = _element.GetDouble();
        if (number > most)
        {
            throw Unexpected($"an integer from {least} to {most}");
        }
        return number == Math.Floor(number) && number >= least && number <= most ? (int)number : throw Unexpected(expected);
    }

    /// <summary>A finite number.</summary>
    /// <exception cref="DecoupleQException">It is something else.</exception>
    public double Number()
    {
        const string Expected = "a finite number";
        Expect(JsonValueKind.Number, Expected);
        double number = _element.GetDouble();
        return double.IsFinite(number) ? number : throw Unexpected(Expected);
    }

    /// <summary>The items of a list.</summary>
    /// <exception cref="DecoupleQException">It is something else.</exception>
    public IEnumerable<JsonSection> Items()
    {
        Expect(JsonValueKind.Array, "an array");
        int index = 0;
        foreach (JsonElement item in _element.EnumerateArray())
        {
            yield return new JsonSection(File, item, new JsonPlace(_place, index++));
        }
    }

    /// <summary>
    /// The fields of this object and of <paramref name="over"/>, which count where both have one; it stands where <paramref name="over"/> does.
    /// </summary>
    /// <exception cref="DecoupleQException">One of the two is no object.</exception>
    public JsonSection Overlaid(JsonSection over)
    {
        JsonObject merged = ToObject();
        foreach ((string name, JsonNode? value) in over.ToObject())
        {
            merged[name] = value?.DeepClone();
        }
        return new JsonSection(File, JsonElement.Parse(merged.ToJsonString()), over._place);
    }

    /// <summary>A copy of an object, to be changed.</summary>
    /// <exception cref="DecoupleQException">It is something else.</exception>
    public JsonObject ToObject()
    {
        Expect(JsonValueKind.Object, "an object");
        return JsonObject.Create(_element)!;
    }

    /// <summary>The error for another value than <paramref name="expected"/>.</summary>
    public DecoupleQException Unexpected(string expected) => Error($"is {Shown()}", expected);

    /// <summary>An error about this value; <paramref name="problem"/> says what it is or does, as in "is 3".</summary>
    public DecoupleQException Error(string problem, string expected, Exception? inner = null) =>
        new($"The value {problem}.", File, _place?.ToString(), expected, inner);

    /// <summary>What <paramref name="make"/> gives, with its error turned into one about this value.</summary>
    public T Guard<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (DecoupleQException e) when (e.File is null)
        {
            string problem = e.Expected is null ? e.Message : e.Message[..e.Message.LastIndexOf(" (expected: ", StringComparison.Ordinal)];
            throw new DecoupleQException(problem, File, Path, e.Expected, e);
        }
    }

    /// <summary>A text in one line and not too long, to be quoted in an error.</summary>
    public static string Shorten(string text)
    {
        string line = new([.. text.Take(LongestShown).Select(c => char.IsControl(c) ? ' ' : c)]);
        return text.Length > LongestShown ? line + "..." : line;
    }

    private void Expect(JsonValueKind kind, string expected)
    {
        if (_element.ValueKind != kind)
        {
            throw Unexpected(expected);
        }
    }
}
