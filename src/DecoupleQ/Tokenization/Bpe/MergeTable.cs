using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>What two neighbouring symbols become when they merge.</summary>
/// <param name="Left">The symbol on the left.</param>
/// <param name="Right">The symbol on the right.</param>
/// <param name="Rank">Its place in the order of merges; lower merges first.</param>
/// <param name="Result">The symbol it gives.</param>
internal readonly record struct Merge(int Left, int Right, int Rank, int Result);

/// <summary>The merges of a vocabulary by pair of symbols: a hash table with open addressing, at most half full.</summary>
internal sealed class MergeTable
{
    private readonly Slot[] _slots;
    private readonly int _mask;

    // A file cannot be written so that its pairs collide in every process.
    private readonly ulong _seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));

    /// <summary>Builds the table; of two merges of the same pair the later one counts.</summary>
    /// <param name="merges">The merges.</param>
    /// <param name="longest">The most symbols that any of them makes one of, however many merges that takes.</param>
    public MergeTable(IReadOnlyCollection<Merge> merges, int longest)
    {
        Count = merges.Count;
        Longest = longest;
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, 2 * merges.Count))];
        _mask = _slots.Length - 1;
        foreach (Merge merge in merges)
        {
            ulong key = Key(merge.Left, merge.Right);
            int slot = Hash(key);
            while (_slots[slot].Key != 0 && _slots[slot].Key != key)
            {
                slot = slot + 1 & _mask;
            }
            _slots[slot] = new Slot(key, merge.Rank, merge.Result);
        }
    }

    /// <summary>How many merges it was built from.</summary>
    public int Count { get; }

    /// <summary>No symbol is merged from more than so many.</summary>
    public int Longest { get; }

    /// <summary>The merge of a pair; its rank is <see cref="int.MaxValue"/> where the pair does not merge.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RankOf(int left, int right, out int result)
    {
        ulong key = Key(left, right);
        int slot = Hash(key);
        while (true)
        {
            ref readonly Slot entry = ref _slots[slot];
            if (entry.Key == key)
            {
                result = entry.Result;
                return entry.Rank;
            }
            if (entry.Key == 0)
            {
                result = -1;
                return int.MaxValue;
            }
            slot = slot + 1 & _mask;
        }
    }

    /// <summary>The merges but for those that give a symbol of <paramref name="results"/>; this table if there is none.</summary>
    public MergeTable Without(IReadOnlySet<int> results)
    {
        return Array.Exists(_slots, slot => slot.Key != 0 && results.Contains(slot.Result))
            ? new MergeTable([.. _slots.Where(slot => slot.Key != 0 && !results.Contains(slot.Result)).Select(slot => slot.ToMerge())], Longest)
            : this;
    }

    // Symbols are not negative, so that no pair's key is 0.
    private static ulong Key(int left, int right) => (ulong)(uint)(left + 1) << 32 | (uint)right;

    private int Hash(ulong key)
    {
        key = (key ^ _seed) * 0x9E3779B97F4A7C15;
        return (int)((key ^ key >> 29) * 0xBF58476D1CE4E5B9 >> 32) & _mask;
    }

    private readonly record struct Slot(ulong Key, int Rank, int Result)
    {
        public Merge ToMerge() => new((int)(Key >> 32) - 1, (int)(uint)Key, Rank, Result);
    }
}
