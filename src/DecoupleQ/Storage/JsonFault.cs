using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DecoupleQ.Storage;

/// <summary>What is wrong with JSON, in words for users: the reader's, with the place as people count it.</summary>
internal static partial class JsonFault
{
    /// <summary>What the reader says, and the line and the byte of it, from 1; of text that is one line the byte alone.</summary>
    public static string Of(Exception error)
    {
        if (error is not JsonException { LineNumber: long line, BytePositionInLine: long position } fault)
        {
            return error.Message;
        }
        string what = Place.Replace(fault.Message, "").TrimEnd('.', ' ');
        return line == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{what} (byte {position + 1}).")
            : string.Create(CultureInfo.InvariantCulture, $"{what} (line {line + 1}, byte {position + 1}).");
    }

    // What .NET puts behind it.
    [GeneratedRegex(@"\s*(Path: .*?\|\s*)?LineNumber: \d+ \| BytePositionInLine: \d+\.?$", RegexOptions.Singleline)]
    private static partial Regex Place { get; }
}
