using System.Globalization;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>A value of the metadata.</summary>
/// <param name="Type">Its kind.</param>
/// <param name="Content">A number, bool or string of that kind; for an array the <see cref="GgufArray"/>.</param>
internal sealed record GgufValue(GgufValueType Type, object Content)
{
    // Deeper than any writer nests; the limit bounds the recursion.
    private const int DeepestArray = 4;
    private const int LongestShown = 60;

    /// <summary>Reads a value of <paramref name="type"/>.</summary>
    /// <param name="reader">Stands at the value.</param>
    /// <param name="type">The kind, as the file numbers it.</param>
    /// <param name="path">The file, for errors.</param>
    /// <param name="key">The key, for errors.</param>
    /// <exception cref="DecoupleQException">The kind is unknown, or the value is damaged.</exception>
    public static GgufValue Read(GgufReader reader, uint type, string path, string key) => Read(reader, type, path, key, 0);

    /// <summary>The kind and the value, shortened, as users read them.</summary>
    public override string ToString()
    {
        if (Content is GgufArray array)
        {
            return $"an array of {array.Elements.Length} {array.ElementType}";
        }
        string text = Convert.ToString(Content, CultureInfo.InvariantCulture)!;
        string shown = string.Concat(
            (text.Length <= LongestShown ? text : text[..LongestShown] + "...").Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return Type == GgufValueType.String ? $"{Type} \"{shown}\"" : $"{Type} {shown}";
    }

    private static GgufValue Read(GgufReader reader, uint type, string path, string key, int depth)
    {
        object content = (GgufValueType)type switch
        {
            GgufValueType.UInt8 => reader.Read<byte>(key),
            GgufValueType.Int8 => reader.Read<sbyte>(key),
            GgufValueType.UInt16 => reader.Read<ushort>(key),
            GgufValueType.Int16 => reader.Read<short>(key),
            GgufValueType.UInt32 => reader.Read<uint>(key),
            GgufValueType.Int32 => reader.Read<int>(key),
            GgufValueType.Float32 => reader.Read<float>(key),
            GgufValueType.Bool => ToBool(reader.Read<byte>(key), path, key),
            GgufValueType.String => reader.ReadString("the value", key),
            GgufValueType.Array => ReadArray(reader, path, key, depth + 1),
            GgufValueType.UInt64 => reader.Read<ulong>(key),
            GgufValueType.Int64 => reader.Read<long>(key),
            GgufValueType.Float64 => reader.Read<double>(key),
            _ => throw UnknownType(type, path, key),
        };
        return new GgufValue((GgufValueType)type, content);
    }

    private static GgufArray ReadArray(GgufReader reader, string path, string key, int depth)
    {
        if (depth > DeepestArray)
        {
            throw new DecoupleQException("The arrays are nested too deeply.", path, key, $"at most {DeepestArray} levels");
        }
        uint type = reader.ReadUInt32(key);
        string elements = $"elements of {key}";
        Array content = (GgufValueType)type switch
        {
            GgufValueType.UInt8 => reader.ReadArray<byte>(elements),
            GgufValueType.Int8 => reader.ReadArray<sbyte>(elements),
            GgufValueType.UInt16 => reader.ReadArray<ushort>(elements),
            GgufValueType.Int16 => reader.ReadArray<short>(elements),
            GgufValueType.UInt32 => reader.ReadArray<uint>(elements),
            GgufValueType.Int32 => reader.ReadArray<int>(elements),
            GgufValueType.Float32 => reader.ReadArray<float>(elements),
            GgufValueType.Bool => Array.ConvertAll(reader.ReadArray<byte>(elements), value => ToBool(value, path, key)),
            GgufValueType.String => ReadItems(reader.ReadCount(8, elements), () => reader.ReadString(elements, key)),
            GgufValueType.Array => ReadItems(reader.ReadCount(12, elements), () => ReadArray(reader, path, key, depth + 1)),
            GgufValueType.UInt64 => reader.ReadArray<ulong>(elements),
            GgufValueType.Int64 => reader.ReadArray<long>(elements),
            GgufValueType.Float64 => reader.ReadArray<double>(elements),
            _ => throw UnknownType(type, path, key),
        };
        return new GgufArray((GgufValueType)type, content);
    }

    private static T[] ReadItems<T>(int count, Func<T> read)
    {
        var items = new T[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = read();
        }
        return items;
    }

    private static bool ToBool(byte value, string path, string key) => value switch
    {
        0 => false,
        1 => true,
        _ => throw new DecoupleQException($"The truth value is {value}.", path, key, "0 or 1"),
    };

    private static DecoupleQException UnknownType(uint type, string path, string key) =>
        new($"The value is of the unknown type {type}.", path, key, $"a type from 0 to {(uint)GgufValueType.Float64}");
}

/// <summary>An array of the metadata.</summary>
/// <param name="ElementType">The kind of its elements.</param>
/// <param name="Elements">An array of numbers, bools or strings of that kind, or of arrays.</param>
internal sealed record GgufArray(GgufValueType ElementType, Array Elements);
