using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace DecoupleQ.Pilot.Halves;

/// <summary>What a test item is for: a setting that was chosen on some items is judged on others, or the best of many by chance would look good.</summary>
public enum TestHalf
{
    /// <summary>Settings are chosen on it.</summary>
    Choose,

    /// <summary>The chosen one is judged on it.</summary>
    Judge,
}

/// <summary>
/// Splits test items into two halves by a hash of what they are (SHA-256) and a seed: the same items fall into the same halves in any order, on every machine
/// and after a resume, and equal ones into one half.
/// </summary>
/// <remarks>
/// The items are ordered by their hash; the first half chooses. So the halves differ by one item at most, but for equal ones in the middle, which are not
/// split.
/// </remarks>
public static class TestHalves
{
    /// <summary>Splits texts.</summary>
    /// <param name="items">What each item is, all of it that counts.</param>
    /// <param name="seed">Another one splits otherwise.</param>
    /// <returns>The half of each item.</returns>
    public static IReadOnlyList<TestHalf> Of(IReadOnlyList<string> items, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Split([.. items.Select(item => Hash(Encoding.UTF8.GetBytes(item), seed))]);
    }

    /// <summary>Splits windows of ids.</summary>
    /// <inheritdoc cref="Of(IReadOnlyList{string}, ulong)"/>
    public static IReadOnlyList<TestHalf> Of(IReadOnlyList<int[]> items, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(items);
        return Split([.. items.Select(item => Hash(Bytes(item), seed))]);
    }

    private static TestHalf[] Split(byte[][] hashes)
    {
        int[] order = [.. Enumerable.Range(0, hashes.Length)];
        Array.Sort(order, (one, other) => hashes[one].AsSpan().SequenceCompareTo(hashes[other]));
        int cut = hashes.Length / 2, start = cut, end = cut;
        while (start > 0 && IsEqual(order[start - 1], order[cut]))
        {
            start--;
        }
        while (end < order.Length && IsEqual(order[end], order[cut]))
        {
            end++;
        }
        // Equal items on both sides go to the side that most of them are on, unless that left none on the other; items that are all equal judge.
        cut = end == order.Length || (start > 0 && cut - start <= end - cut) ? start : end;
        var halves = new TestHalf[hashes.Length];
        for (int place = 0; place < order.Length; place++)
        {
            halves[order[place]] = place < cut ? TestHalf.Choose : TestHalf.Judge;
        }
        return halves;

        bool IsEqual(int one, int other) => hashes[one].AsSpan().SequenceEqual(hashes[other]);
    }

    private static byte[] Hash(ReadOnlySpan<byte> item, ulong seed)
    {
        var seeded = new byte[sizeof(ulong) + item.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(seeded, seed);
        item.CopyTo(seeded.AsSpan(sizeof(ulong)));
        return SHA256.HashData(seeded);
    }

    private static byte[] Bytes(int[] ids)
    {
        byte[] bytes = MemoryMarshal.AsBytes(ids.AsSpan()).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            for (int i = 0; i < ids.Length; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), ids[i]);
            }
        }
        return bytes;
    }
}
