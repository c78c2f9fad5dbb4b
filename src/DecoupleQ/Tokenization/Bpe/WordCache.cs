using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace DecoupleQ.Tokenization.Bpe;

/// <summary>
/// Ids of words by their bytes, in a few flat arrays. Emptied when full: its size is bounded, and the words of the current text come back at once.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longest word that is kept, in bytes.</summary>
    public const int LongestWord = 128;

    private const int SlotCount = 1 << 15;
    private const int MaxWords = SlotCount / 2;
    private const int MaxBytes = 1 << 18;
    private const int MaxIds = 1 << 17;

    private readonly Slot[] _slots = new Slot[SlotCount];
    private readonly byte[] _bytes = new byte[MaxBytes];
    private readonly int[] _ids = new int[MaxIds];
    private readonly uint _seed = (uint)RandomNumberGenerator.GetInt32(int.MaxValue);
    private int _words;
    private int _byteCount;
    private int _idCount;

    /// <summary>The hash of <paramref name="word"/> that the other methods take.</summary>
    public uint Hash(ReadOnlySpan<byte> word)
    {
        ulong hash = _seed ^ (ulong)word.Length * 0x9E3779B97F4A7C15;
        while (word.Length >= 8)
        {
            hash = (BitOperations.RotateLeft(hash, 23) ^ MemoryMarshal.Read<ulong>(word)) * 0x9FB21C651E98DF25;
            word = word[8..];
        }
        ulong tail = 0;
        for (int i = word.Length - 1; i >= 0; i--)
        {
            tail = tail << 8 | word[i];
        }
        hash = (BitOperations.RotateLeft(hash, 23) ^ tail) * 0x9FB21C651E98DF25;
        return (uint)(hash >> 32 ^ hash);
    }

    /// <summary>The ids of <paramref name="word"/>; false if they are not here.</summary>
    public bool TryGet(ReadOnlySpan<byte> word, uint hash, out ReadOnlySpan<int> ids)
    {
        for (uint slot = hash % SlotCount; _slots[slot].Length != 0; slot = (slot + 1) % SlotCount)
        {
            ref readonly Slot entry = ref _slots[slot];
            if (entry.Hash == hash && entry.Length == word.Length && word.SequenceEqual(_bytes.AsSpan(entry.Start, entry.Length)))
            {
                ids = _ids.AsSpan(entry.FirstId, entry.IdCount);
                return true;
            }
        }
        ids = default;
        return false;
    }

    /// <summary>Keeps the ids of a word that is not here, of 1 to <see cref="LongestWord"/> bytes.</summary>
    public void Add(ReadOnlySpan<byte> word, uint hash, ReadOnlySpan<int> ids)
    {
        if (_words == MaxWords || _byteCount + word.Length > MaxBytes || _idCount + ids.Length > MaxIds)
        {
            Array.Clear(_slots);
            _words = _byteCount = _idCount = 0;
        }
        uint slot = hash % SlotCount;
        while (_slots[slot].Length != 0)
        {
            slot = (slot + 1) % SlotCount;
        }
        _slots[slot] = new Slot(hash, _byteCount, (ushort)word.Length, (ushort)ids.Length, _idCount);
        word.CopyTo(_bytes.AsSpan(_byteCount));
        ids.CopyTo(_ids.AsSpan(_idCount));
        _words++;
        _byteCount += word.Length;
        _idCount += ids.Length;
    }

    private readonly record struct Slot(uint Hash, int Start, ushort Length, ushort IdCount, int FirstId);
}
