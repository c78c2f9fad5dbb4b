using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DecoupleQ.Generation.Sampling;

/// <summary>Tokens by their keys, in buckets of equal width from the highest key down: what each holds is known, the order within it is not.</summary>
internal sealed class Buckets
{
    /// <summary>How many there are; of the highest keys is number 0.</summary>
    public const int Number = 2048;

    private const int Chunk = 512;

    // The smallest differences between keys are made larger before they are scaled, so that no factor overflows.
    private const float Small = 1e-30f, Enlargement = 1e30f;

    // The last element takes what lies outside.
    private readonly long[] _masses = new long[Number + 1];
    private readonly int[] _counts = new int[Number + 1];
    private float _low, _high, _range, _stretch, _scale;

    /// <summary>Puts the tokens whose keys lie in [<paramref name="low"/>, <paramref name="high"/>] into buckets.</summary>
    /// <param name="keys">One a token.</param>
    /// <param name="weights">What the tokens weigh.</param>
    /// <param name="low">Finite.</param>
    /// <param name="high">Finite, above <paramref name="low"/>.</param>
    public void Fill(ReadOnlySpan<float> keys, TokenWeights weights, float low, float high)
    {
        (_low, _high) = (low, high);
        _range = Math.Min(high - low, float.MaxValue);
        _stretch = _range < Small ? Enlargement : 1;
        _scale = Number / (_range * _stretch);
        _masses.AsSpan().Clear();
        _counts.AsSpan().Clear();
        Span<int> numbers = stackalloc int[Chunk];
        Span<long> masses = stackalloc long[Chunk];
        for (int start = 0; start < keys.Length; start += Chunk)
        {
            int length = Math.Min(Chunk, keys.Length - start);
            bool any = false;
            for (int i = 0; i < length; i += Vector<float>.Count)
            {
                Vector<int> bucket = Of(Lanes.At(keys, start + i));
                any |= Vector.LessThanAny(bucket, new Vector<int>(Number));
                bucket.StoreUnsafe(ref MemoryMarshal.GetReference(numbers), (nuint)i);
                (Vector<long> first, Vector<long> second) = weights.Of(Lanes.At(weights.Logits, start + i));
                first.StoreUnsafe(ref MemoryMarshal.GetReference(masses), (nuint)i);
                second.StoreUnsafe(ref MemoryMarshal.GetReference(masses), (nuint)(i + Vector<long>.Count));
            }
            if (any)
            {
                Add(numbers[..length], masses[..length]);
            }
        }
    }

    /// <summary>The numbers of the buckets of keys, <see cref="Number"/> where a key lies outside of all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<int> Of(Vector<float> keys)
    {
        Vector<float> below = (new Vector<float>(_high) - keys) * new Vector<float>(_stretch) * new Vector<float>(_scale);
        Vector<int> number = Vector.ConvertToInt32Native(Vector.MinNative(below, new Vector<float>(Number - 1)));
        Vector<int> inside = Vector.GreaterThanOrEqual(keys, new Vector<float>(_low)) & Vector.LessThanOrEqual(keys, new Vector<float>(_high));
        return Vector.ConditionalSelect(inside, number, new Vector<int>(Number));
    }

    /// <summary>Bounds of the keys in a bucket, wider than it by as much as rounding may need.</summary>
    public (float Low, float High) Around(int bucket)
    {
        double width = (double)_range / Number, high = _high - ((bucket - 1) * width), low = bucket < Number - 2 ? _high - ((bucket + 2) * width) : _low;
        return ((float)low, (float)high);
    }

    /// <summary>What a bucket holds.</summary>
    public Tally this[int bucket] => new(_masses[bucket], _counts[bucket]);

    /// <summary>What all hold together.</summary>
    public Tally Total()
    {
        Tally total = default;
        for (int bucket = 0; bucket < Number; bucket++)
        {
            total += this[bucket];
        }
        return total;
    }

    /// <summary>The first bucket with which the tokens so far reach <paramref name="target"/>.</summary>
    /// <param name="target">At least 1, at most what all buckets and <paramref name="before"/> hold together.</param>
    /// <param name="measure">What is counted.</param>
    /// <param name="before">What stands before the buckets; then what stands before the one found.</param>
    public int Reaching(long target, Measure measure, ref Tally before)
    {
        int bucket = 0;
        while (before[measure] + this[bucket][measure] < target)
        {
            before += this[bucket++];
        }
        return bucket;
    }

    // Pointers: checks of bounds would add half of the time again to what takes most of it.
    private unsafe void Add(ReadOnlySpan<int> numbers, ReadOnlySpan<long> weights)
    {
        fixed (int* number = numbers, counts = _counts)
        fixed (long* weight = weights, masses = _masses)
        {
            for (int i = 0; i < numbers.Length; i++)
            {
                int bucket = number[i];
                masses[bucket] += weight[i];
                counts[bucket]++;
            }
        }
    }
}
