using System.Text.Json;

namespace DecoupleQ.Tokenization.Json;

/// <summary>A value in a JSON file that knows where it stands, for errors that name the file and the path.</summary>
internal readonly struct JsonField
{
    private readonly JsonElement _element;
    private readonly string _file;
    private readonly string _path;

    public JsonField(JsonElement root, string file)
        : this(root, file, "")
    {
    }

    private JsonField(JsonElement element, string file, string path)
    {
        _element = element;
        _file = file;
        _path = path;
    }

    /// <summary>The member of that name; null if it is missing or JSON null.</summary>
    public JsonField? Optional(string name)
    {
        Expect(JsonValueKind.Object, "an object");
        return _element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? new JsonField(value, _file, PathOf(name)) : null;
    }

    /// <summary>The member of that name.</summary>
    public JsonField Required(string name, string expected) =>
        Optional(name) ?? throw new DecoupleQException("The field is missing.", _file, PathOf(name), expected);

    /// <summary>The flag of that name; false where it is missing.</summary>
    public bool Flag(string name, bool otherwise = false) => Optional(name)?.Flag() ?? otherwise;

    public bool Flag() => _element.ValueKind is JsonValueKind.True or JsonValueKind.False ? _element.GetBoolean() : throw Error($"is {Describe()}", "true or false");

    public string Text()
    {
        Expect(JsonValueKind.String, "a string");
        try
        {
            return _element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw Error("is no Unicode text", "a string without lone surrogates", e);
        }
    }

    /// <summary>A number from 0 to <paramref name="max"/>.</summary>
    public int Count(int max) => _element.ValueKind == JsonValueKind.Number && _element.TryGetInt32(out int value) && value >= 0 && value <= max
        ? value
        : throw Error($"is {Describe()}", $"a whole number from 0 to {max}");

    public bool IsText => _element.ValueKind == JsonValueKind.String;

    public bool IsZero => _element.ValueKind == JsonValueKind.Number && _element.TryGetDouble(out double value) && value == 0;

    public int Length
    {
        get
        {
            Expect(JsonValueKind.Array, "an array");
            return _element.GetArrayLength();
        }
    }

    public IEnumerable<JsonField> Items()
    {
        Expect(JsonValueKind.Array, "an array");
        int index = 0;
        foreach (JsonElement item in _element.EnumerateArray())
        {
            yield return new JsonField(item, _file, $"{_path}[{index++}]");
        }
    }

    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        Expect(JsonValueKind.Object, "an object");
        foreach (JsonProperty member in _element.EnumerateObject())
        {
            string name = NameOf(member);
            yield return (name, new JsonField(member.Value, _file, PathOf(name)));
        }
    }

    /// <summary>Refuses members of other names: a setting that is not known may change the ids.</summary>
    public void AllowOnly(params ReadOnlySpan<string> names)
    {
        Expect(JsonValueKind.Object, "an object");
        foreach (JsonProperty member in _element.EnumerateObject())
        {
            string name = NameOf(member);
            if (!names.Contains(name))
            {
                throw new DecoupleQException("The field is not known.", _file, PathOf(name), $"only {string.Join(", ", names.ToArray())}");
            }
        }
    }

    /// <summary>An error about this value; <paramref name="problem"/> says what it is or does, as in "is 3".</summary>
    public DecoupleQException Error(string problem, string expected, Exception? inner = null) => new($"The value {problem}.", _file, _path.Length == 0 ? null : _path, expected, inner);

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
            throw new DecoupleQException(problem, _file, _path, e.Expected, e);
        }
    }

    private string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw Error("has a member whose name is no Unicode text", "names without lone surrogates", e);
        }
    }

    private void Expect(JsonValueKind kind, string expected)
    {
        if (_element.ValueKind != kind)
        {
            throw Error($"is {Describe()}", expected);
        }
    }

    private string Describe() => _element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => Shorten(_element.GetRawText()),
        JsonValueKind.Null => "null",
        _ => _element.GetRawText(),
    };

    private string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{Shorten(name)}";

    internal static string Shorten(string text)
    {
        string line = new([.. text.Take(60).Select(c => char.IsControl(c) ? ' ' : c)]);
        return text.Length > 60 ? line + "..." : line;
    }
}
