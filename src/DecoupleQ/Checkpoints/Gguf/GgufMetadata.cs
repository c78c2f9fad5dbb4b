using System.Globalization;
using DecoupleQ.Storage;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>The metadata of a GGUF file, read key by key with its type; an error names the file, the key and what was expected.</summary>
/// <param name="File">The file.</param>
/// <param name="Values">By key.</param>
internal sealed record GgufMetadata(string File, IReadOnlyDictionary<string, GgufValue> Values)
{
    /// <summary>Whether the key is there.</summary>
    public bool Has(string key) => Values.ContainsKey(key);

    /// <summary>Refuses keys under a prefix that are not known, and those that ask for what is not supported.</summary>
    /// <param name="table">What is known, without the prefix.</param>
    /// <param name="prefix">As in <c>llama.</c>.</param>
    /// <exception cref="DecoupleQException">There is one.</exception>
    public void Check(KeyTable table, string prefix)
    {
        foreach (string key in Values.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            KnownKey known = table.Find(key[prefix.Length..]) ?? throw Unexpected(key, "no such key: what it asks for is not known here");
            if (known.Use == KeyUse.Refused && !IsNeutral(known, key))
            {
                throw Unexpected(key, $"{string.Join(" or ", known.Neutral)}; other values are not supported");
            }
        }
    }

    /// <summary>Whether <paramref name="key"/> has a value that asks for nothing.</summary>
    public bool IsNeutral(KnownKey known, string key) => known.Neutral.Contains(AsJson(Values[key]));

    /// <summary>An integer in [<paramref name="least"/>, <paramref name="most"/>], of any integer type; null if the key is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public int? Integer(string key, int least = int.MinValue, int most = int.MaxValue)
    {
        if (!Values.TryGetValue(key, out GgufValue? value))
        {
            return null;
        }
        Int128? number = value.Content switch
        {
            byte n => n,
            sbyte n => n,
            ushort n => n,
            short n => n,
            uint n => n,
            int n => n,
            ulong n => n,
            long n => n,
            _ => null,
        };
        return number >= least && number <= most
            ? (int)number
            : throw Unexpected(key, most == int.MaxValue ? $"an integer of at least {least}" : $"an integer from {least} to {most}");
    }

    /// <summary>An integer of at least 1 that holds for all blocks: one number, or an array of equal ones, one a block; null if the key is absent.</summary>
    /// <param name="key">The key.</param>
    /// <param name="blocks">Blocks of the model.</param>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public int? CommonInteger(string key, int blocks)
    {
        if (!Values.TryGetValue(key, out GgufValue? value) || value.Content is not GgufArray)
        {
            return Integer(key, 1);
        }
        return Integers(key) is [int first and > 0, ..] all && all.Count == blocks && all.All(one => one == first)
            ? first
            : throw Unexpected(key, $"an integer of at least 1, or {blocks} equal ones, one a block; blocks of different sizes are not supported");
    }

    /// <summary>The id of a token; null if the key is absent, or says that there is none: -1, or the largest of 32 bits.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public int? TokenId(string key, int most = int.MaxValue)
    {
        bool isNone = Values.TryGetValue(key, out GgufValue? value)
            && value.Content is -1 or -1L or uint.MaxValue or (long)uint.MaxValue or (ulong)uint.MaxValue or ulong.MaxValue;
        return isNone ? null : Integer(key, 0, most);
    }

    /// <summary>As <see cref="Integer"/>, for a key that must be there.</summary>
    /// <exception cref="DecoupleQException">The key is absent or something else.</exception>
    public int RequiredInteger(string key, int least = int.MinValue, int most = int.MaxValue) => Integer(key, least, most) ?? throw Absent(key, "an integer");

    /// <summary>A finite float; null if the key is absent. One of 32 bits becomes the double with the same shortest decimals: 1e-5 stays 1e-5.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public double? Number(string key)
    {
        if (!Values.TryGetValue(key, out GgufValue? value))
        {
            return null;
        }
        double? number = value.Content switch
        {
            float f => double.Parse(f.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
            double d => d,
            _ => null,
        };
        return number is double finite && double.IsFinite(finite) ? finite : throw Unexpected(key, "a finite float");
    }

    /// <summary>As <see cref="Number(string)"/>, in <paramref name="range"/>.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public double? Number(string key, OptionRange<double> range) =>
        Number(key) is not double value ? null : range.Contains(value) ? value : throw Unexpected(key, range.Expected);

    /// <summary>A text; null if the key is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public string? Text(string key) => Values.TryGetValue(key, out GgufValue? value) ? value.Content as string ?? throw Unexpected(key, "a text") : null;

    /// <summary>As <see cref="Text"/>, for a key that must be there.</summary>
    /// <exception cref="DecoupleQException">The key is absent or something else.</exception>
    public string RequiredText(string key) => Text(key) ?? throw Absent(key, "a text");

    /// <summary>True or false; null if the key is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public bool? Flag(string key) => Values.TryGetValue(key, out GgufValue? value) ? value.Content as bool? ?? throw Unexpected(key, "true or false") : null;

    /// <summary>An array of texts; null if the key is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public IReadOnlyList<string>? Texts(string key) => Elements<string>(key, "an array of texts");

    /// <summary>An array of 32-bit floats; null if the key is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else.</exception>
    public IReadOnlyList<float>? Numbers(string key) => Elements<float>(key, "an array of 32-bit floats");

    /// <summary>An array of 32-bit integers, signed or not; null if the key is absent.</summary>
    /// <exception cref="DecoupleQException">The value is something else, or an unsigned one does not fit.</exception>
    public IReadOnlyList<int>? Integers(string key)
    {
        const string Expected = "an array of 32-bit integers";
        // An array of uint would pass for one of int in a pattern: the kind decides.
        return Values.TryGetValue(key, out GgufValue? value) && value.Content is GgufArray { ElementType: GgufValueType.UInt32, Elements: uint[] unsigned }
            ? Array.ConvertAll(unsigned, n => n <= int.MaxValue ? (int)n : throw Unexpected(key, Expected))
            : Elements<int>(key, Expected);
    }

    /// <summary>The error for a key that has another value than <paramref name="expected"/>.</summary>
    public DecoupleQException Unexpected(string key, string expected) => new($"The value is {Values[key]}.", File, key, expected);

    /// <summary>The error for a key that must be there.</summary>
    public DecoupleQException Absent(string key, string expected) => new("The key is missing.", File, key, expected);

    // Some writers spell a truth value as a number.
    private static string AsJson(GgufValue value) => value.Content switch
    {
        bool flag => flag ? "1" : "0",
        string text => $"\"{text}\"",
        GgufArray => "[]",
        object number => Convert.ToDouble(number, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture),
    };

    private IReadOnlyList<T>? Elements<T>(string key, string expected)
    {
        if (!Values.TryGetValue(key, out GgufValue? value))
        {
            return null;
        }
        return value.Content is GgufArray { Elements: T[] elements } ? elements : throw Unexpected(key, expected);
    }
}
