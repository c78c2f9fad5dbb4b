using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Generation.Sampling;

/// <summary>Tokens by their keys, in buckets from the highest key down: what each holds is known, the order within it is not.</summary>
/// <remarks>
/// The buckets between the first and the last are of equal width and share the range in which most keys lie (<see cref="BulkRange"/>), so that a few keys far
/// from the others do not crowd those into one bucket. The first and the last take what lies above and below.
/// </remarks>
internal sealed class Buckets
{
    /// <summary>How many there are; of the highest keys is number 0.</summary>
    public const int Number = 2048;

    private const int Chunk = 512;

    // The smallest differences between keys are made larger before they are scaled, so that no factor overflows.
    private const float Small = 1e-30f, Enlargement = 1e30f;

    // The last element takes what lies outside. Every other token is counted apart: where many fall into one bucket, each waits for the one before it.
    private readonly long[] _masses = new long[Number + 1], _otherMasses = new long[Number + 1];
    private readonly int[] _counts = new int[Number + 1], _otherCounts = new int[Number + 1];
    private bool _filled;
    private float _low, _high, _top, _range, _stretch, _scale;

    /// <summary>Puts the tokens whose keys lie in [<paramref name="low"/>, <paramref name="high"/>] into buckets.</summary>
    /// <param name="keys">One a token.</param>
    /// <param name="weights">What the tokens weigh.</param>
    /// <param name="low">Finite.</param>
    /// <param name="high">Finite, above <paramref name="low"/>.</param>
    public unsafe void Fill(ReadOnlySpan<float> keys, TokenWeights weights, float low, float high)
    {
        SetEdges(keys, low, high);
        Clear();
        int wide = InstructionSets.Best == InstructionSet.Avx512 ? keys.Length - (keys.Length % Vector512<float>.Count) : 0;
        int whole = keys.Length - (keys.Length % Vector<float>.Count);
        fixed (float* key = keys, logit = weights.Logits)
        {
            for (int start = 0; start < wide; start += Chunk)
            {
                TakeWide(key + start, logit + start, Math.Min(Chunk, wide - start), weights);
            }
            for (int start = wide; start < whole; start += Chunk)
            {
                Take(key + start, logit + start, Math.Min(Chunk, whole - start), weights);
            }
        }
        if (whole < keys.Length)
        {
            Vector<float> lastKeys = Lanes.At(keys, whole), lastLogits = Lanes.At(weights.Logits, whole);
            Take((float*)&lastKeys, (float*)&lastLogits, Vector<float>.Count, weights);
        }
        TensorPrimitives.Add<long>(_masses, _otherMasses, _masses);
        TensorPrimitives.Add<int>(_counts, _otherCounts, _counts);
        _filled = true;
    }

    /// <summary>Whether they hold the tokens of a range since <see cref="Clear"/>.</summary>
    public bool Hold(float low, float high) => _filled && _low == low && _high == high;

    /// <summary>Empties them.</summary>
    public void Clear()
    {
        _filled = false;
        _masses.AsSpan().Clear();
        _counts.AsSpan().Clear();
        _otherMasses.AsSpan().Clear();
        _otherCounts.AsSpan().Clear();
    }

    /// <summary>The numbers of the buckets of keys, <see cref="Number"/> where a key lies outside of all.</summary>
    public Vector<int> Of(Vector<float> keys) => new Edges(this).Of(keys);

    /// <summary>Bounds of the keys in a bucket, wider than it by as much as rounding may need.</summary>
    public (float Low, float High) Around(int bucket)
    {
        double width = (double)_range / (Number - 2);
        double high = bucket > 1 ? _top - ((bucket - 2) * width) : _high, low = bucket < Number - 2 ? _top - ((bucket + 1) * width) : _low;
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

    private void SetEdges(ReadOnlySpan<float> keys, float low, float high)
    {
        BulkRange bulk = BulkRange.Of(keys, low, high);
        (_low, _high, _top) = (low, high, bulk.High);
        _range = Math.Min(bulk.High - bulk.Low, float.MaxValue);
        _stretch = _range < Small ? Enlargement : 1;
        // Where most keys are equal, they have a bucket for themselves.
        _scale = _range > 0 ? (Number - 2) / (_range * _stretch) : float.MaxValue;
    }

    /// <summary>Counts whole vectors of tokens.</summary>
    [SkipLocalsInit]
    private unsafe void Take(float* keys, float* logits, int count, TokenWeights weights)
    {
        int* numbers = stackalloc int[Chunk];
        long* masses = stackalloc long[Chunk];
        var edges = new Edges(this);
        bool any = false;
        for (int i = 0; i < count; i += Vector<float>.Count)
        {
            Vector<int> bucket = edges.Of(Vector.Load(keys + i));
            bucket.Store(numbers + i);
            if (Vector.LessThanAny(bucket, new Vector<int>(Number)))
            {
                any = true;
                (Vector<long> first, Vector<long> second) = weights.Of(Vector.Load(logits + i));
                first.Store(masses + i);
                second.Store(masses + i + Vector<long>.Count);
            }
        }
        if (any)
        {
            Add(numbers, masses, count);
        }
    }

    /// <summary>As <see cref="Take"/>, with AVX-512.</summary>
    [SkipLocalsInit]
    private unsafe void TakeWide(float* keys, float* logits, int count, TokenWeights weights)
    {
        int* numbers = stackalloc int[Chunk];
        long* masses = stackalloc long[Chunk];
        var edges = new Edges(this);
        bool any = false;
        for (int i = 0; i < count; i += Vector512<float>.Count)
        {
            Vector512<int> bucket = edges.Of(Vector512.Load(keys + i));
            bucket.Store(numbers + i);
            if (Vector512.LessThanAny(bucket, Vector512.Create(Number)))
            {
                any = true;
                (Vector512<long> first, Vector512<long> second) = weights.Of(Vector512.Load(logits + i));
                first.Store(masses + i);
                second.Store(masses + i + Vector512<long>.Count);
            }
        }
        if (any)
        {
            Add(numbers, masses, count);
        }
    }

    // Pointers: checks of bounds would add half of the time again to what takes most of it.
    private unsafe void Add(int* numbers, long* weights, int count)
    {
        fixed (int* counts = _counts, otherCounts = _otherCounts)
        fixed (long* masses = _masses, otherMasses = _otherMasses)
        {
            for (int i = 0; i < count; i += 2)
            {
                int bucket = numbers[i], other = numbers[i + 1];
                masses[bucket] += weights[i];
                counts[bucket]++;
                otherMasses[other] += weights[i + 1];
                otherCounts[other]++;
            }
        }
    }

    /// <summary>Where buckets begin and end.</summary>
    private readonly struct Edges(Buckets buckets)
    {
        private readonly float _low = buckets._low, _high = buckets._high, _top = buckets._top, _stretch = buckets._stretch, _scale = buckets._scale;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<int> Of(Vector<float> keys)
        {
            Vector<float> below = ((new Vector<float>(_top) - keys) * new Vector<float>(_stretch) * new Vector<float>(_scale)) + Vector<float>.One;
            Vector<float> number = Vector.MinNative(Vector.MaxNative(below, Vector<float>.Zero), new Vector<float>(Number - 1));
            Vector<int> inside = Vector.GreaterThanOrEqual(keys, new Vector<float>(_low)) & Vector.LessThanOrEqual(keys, new Vector<float>(_high));
            return Vector.ConditionalSelect(inside, Vector.ConvertToInt32Native(number), new Vector<int>(Number));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<int> Of(Vector512<float> keys)
        {
            Vector512<float> below = ((Vector512.Create(_top) - keys) * Vector512.Create(_stretch) * Vector512.Create(_scale)) + Vector512<float>.One;
            Vector512<float> number = Vector512.MinNative(Vector512.MaxNative(below, Vector512<float>.Zero), Vector512.Create(Number - 1f));
            Vector512<float> inside = Vector512.GreaterThanOrEqual(keys, Vector512.Create(_low)) & Vector512.LessThanOrEqual(keys, Vector512.Create(_high));
            return Vector512.ConditionalSelect(inside.AsInt32(), Vector512.ConvertToInt32Native(number), Vector512.Create(Number));
        }
    }
}
