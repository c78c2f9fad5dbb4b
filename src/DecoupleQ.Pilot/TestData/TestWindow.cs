using System.Buffers.Binary;
using System.Security.Cryptography;

namespace DecoupleQ.Pilot.TestData;

/// <summary>A window of test text.</summary>
/// <param name="Source">The name of the file that it is from.</param>
/// <param name="Ids">Its ids, at least two: all but the first are predicted.</param>
/// <param name="Text">Its text, as the tokenizer decodes the ids; a character that is cut at an end shows as U+FFFD.</param>
public sealed record TestWindow(string Source, IReadOnlyList<int> Ids, string Text)
{
    // Bytes of a hash: two windows of a million have the same with a probability below 1e-26.
    private const int KeyBytes = 16;

    private string? _key;

    /// <summary>What tells the window from others: a hash (SHA-256, 32 hexadecimal digits of it) of its ids, the same in every run.</summary>
    public string Key => _key ??= KeyOf(Ids);

    private static string KeyOf(IReadOnlyList<int> ids)
    {
        var bytes = new byte[ids.Count * sizeof(int)];
        for (int i = 0; i < ids.Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), ids[i]);
        }
        return Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, KeyBytes));
    }
}
