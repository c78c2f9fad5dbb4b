using System.Numerics;
using System.Runtime.InteropServices;

namespace DecoupleQ.Generation.Sampling;

/// <summary>
/// Tokens from the most probable to the least, of equal ones the lowest id first, of which a number of the first is kept. Nothing is sorted but the few tokens
/// around a place that is asked for, yet every place is the one that sorting all of them would give.
/// </summary>
internal ref struct Ranking
{
    // Tokens with equal keys are counted in stretches of so many: a multiple of every vector's length.
    private const int Stretch = 512;

    private readonly ReadOnlySpan<float> _keys;
    private readonly float _low, _high;

    /// <summary>Ranks tokens by their logits.</summary>
    /// <param name="weights">Their weights; a token that weighs nothing is not in the ranking.</param>
    /// <param name="memory">What it works in, one ranking at a time.</param>
    public Ranking(TokenWeights weights, RankingMemory memory)
        : this(weights.Logits, Math.Max(weights.Floor, weights.Least), weights.Best, weights, memory)
    {
    }

    /// <summary>Ranks tokens by something else.</summary>
    /// <param name="keys">One a token, the first the highest.</param>
    /// <param name="low">The lowest key of a token in the ranking; those below are not in it.</param>
    /// <param name="high">The highest key.</param>
    /// <param name="weights">As above.</param>
    /// <param name="memory">As above.</param>
    public Ranking(ReadOnlySpan<float> keys, float low, float high, TokenWeights weights, RankingMemory memory)
    {
        _keys = keys;
        (_low, _high) = (low, high);
        Weights = weights;
        Memory = memory;
        memory.Finer.Clear();
        if (low < high)
        {
            memory.All.Fill(keys, weights, low, high);
            Kept = memory.All.Total();
        }
        else
        {
            Kept = Tied(high, long.MaxValue, Measure.Count, default).Through;
        }
    }

    /// <summary>What the tokens weigh.</summary>
    public readonly TokenWeights Weights { get; }

    /// <summary>What it works in; a ranking that takes its place may use it.</summary>
    public readonly RankingMemory Memory { get; }

    /// <summary>What is kept: at least one token.</summary>
    public Tally Kept { get; private set; }

    /// <summary>The last token that is kept, where some are not.</summary>
    public Place? Last { get; private set; }

    /// <summary>Whether a token is kept.</summary>
    public readonly bool Keeps(int id) => _keys[id] >= _low && (Last?.Reaches(id, _keys[id]) ?? true);

    /// <summary>Keeps the first tokens, as few as together have <paramref name="share"/> of the probability of those kept so far.</summary>
    /// <param name="share">Above 0, at most 1.</param>
    public void KeepShare(double share) => Keep(At(Math.Clamp((long)Math.Ceiling(share * Kept.Mass), 1, Kept.Mass), Measure.Mass));

    /// <summary>Keeps the first <paramref name="count"/> tokens.</summary>
    /// <param name="count">At least 1.</param>
    public void KeepFirst(long count)
    {
        if (count < Kept.Count)
        {
            Keep(At(count, Measure.Count));
        }
    }

    /// <summary>How many tokens of the ranking, kept or not, have a key of at least <paramref name="least"/>.</summary>
    public readonly long CountFrom(float least)
    {
        Vector<int> count = Vector<int>.Zero;
        var bound = new Vector<float>(Math.Max(least, _low));
        for (int i = 0; i < _keys.Length; i += Vector<float>.Count)
        {
            count -= Vector.GreaterThanOrEqual(Lanes.At(_keys, i), bound);
        }
        return Vector.Sum(count);
    }

    /// <summary>Draws one of the kept tokens by their weights.</summary>
    public readonly int Draw(ref SplitMix64 random) => At((long)Math.BigMul(random.Next(), (ulong)Kept.Mass, out _) + 1, Measure.Mass).Id;

    /// <summary>The first token with which the tokens before it and it reach <paramref name="target"/>.</summary>
    /// <param name="target">At least 1, at most what is kept.</param>
    /// <param name="measure">What is counted.</param>
    public readonly Place At(long target, Measure measure)
    {
        Tally before = default;
        Buckets buckets = Memory.All;
        (float low, float high) = (_low, _high);
        while (low < high)
        {
            int bucket = buckets.Reaching(target, measure, ref before);
            if (buckets[bucket].Count <= RankingMemory.Sortable)
            {
                return Sorted(buckets, bucket, target, measure, before);
            }
            (low, high) = Extent(buckets, bucket);
            if (low < high)
            {
                buckets = Memory.Finer;
                // A draw often falls into the same bucket as the place where the ranking was cut.
                if (!buckets.Hold(low, high))
                {
                    buckets.Fill(_keys, Weights, low, high);
                }
            }
        }
        return Tied(high, target, measure, before);
    }

    private void Keep(Place last) => (Last, Kept) = (last, last.Through);

    /// <summary>The lowest and the highest key in a bucket that is not empty.</summary>
    private readonly (float Low, float High) Extent(Buckets buckets, int bucket)
    {
        float one = First(buckets, bucket);
        if (CountTied(0, _keys.Length, one) == buckets[bucket].Count)
        {
            return (one, one);
        }
        Vector<float> low = new(float.PositiveInfinity), high = new(float.NegativeInfinity);
        for (int i = 0; i < _keys.Length; i += Vector<float>.Count)
        {
            Vector<float> keys = Lanes.At(_keys, i);
            Vector<int> inside = Vector.Equals(buckets.Of(keys), new Vector<int>(bucket));
            low = Vector.ConditionalSelect(inside, Vector.Min(low, keys), low);
            high = Vector.ConditionalSelect(inside, Vector.Max(high, keys), high);
        }
        float least = low[0], greatest = high[0];
        for (int lane = 1; lane < Vector<float>.Count; lane++)
        {
            least = Math.Min(least, low[lane]);
            greatest = Math.Max(greatest, high[lane]);
        }
        return (least, greatest);
    }

    /// <summary>The key of the first token in a bucket that is not empty.</summary>
    private readonly float First(Buckets buckets, int bucket)
    {
        var number = new Vector<int>(bucket);
        for (int i = 0; i < _keys.Length; i += Vector<float>.Count)
        {
            Vector<int> inside = Vector.Equals(buckets.Of(Lanes.At(_keys, i)), number);
            for (int lane = 0; inside != Vector<int>.Zero && lane < Vector<int>.Count; lane++)
            {
                if (inside[lane] != 0)
                {
                    return _keys[i + lane];
                }
            }
        }
        throw new InvalidOperationException("The bucket is empty.");
    }

    /// <summary>The place among the tokens of a bucket, of which there are few.</summary>
    private readonly Place Sorted(Buckets buckets, int bucket, long target, Measure measure, Tally before)
    {
        Span<ulong> order = Memory.Sorted;
        int count = 0;
        (float lowest, float highest) = buckets.Around(bucket);
        Vector<float> low = new(lowest), high = new(highest);
        for (int i = 0; i < _keys.Length; i += Vector<float>.Count)
        {
            Vector<float> keys = Lanes.At(_keys, i);
            if ((Vector.GreaterThanOrEqual(keys, low) & Vector.LessThanOrEqual(keys, high)) == Vector<int>.Zero)
            {
                continue;
            }
            Vector<int> inside = Vector.Equals(buckets.Of(keys), new Vector<int>(bucket));
            for (int lane = 0; inside != Vector<int>.Zero && lane < Vector<int>.Count; lane++)
            {
                if (inside[lane] != 0)
                {
                    order[count++] = ((ulong)Descending(_keys[i + lane]) << 32) | (uint)(i + lane);
                }
            }
        }
        order = order[..count];
        order.Sort();
        foreach (ulong token in order)
        {
            int id = (int)(uint)token;
            before += new Tally(Weights.Of(id), 1);
            if (before[measure] >= target)
            {
                return new(id, _keys[id], before);
            }
        }
        throw new InvalidOperationException("The ranking ends before the place.");
    }

    /// <summary>The place among the tokens with the same key; the last of them, if they end before it.</summary>
    private readonly Place Tied(float key, long target, Measure measure, Tally before)
    {
        // Where the key is the logit, all of them weigh the same, and what ends before the place can be passed over.
        bool alike = _keys == Weights.Logits;
        var last = new Place(-1, key, before);
        for (int start = 0; start < _keys.Length; start += Stretch)
        {
            int end = Math.Min(start + Stretch, _keys.Length);
            if (alike && last.Id >= 0)
            {
                Tally through = last.Through + (new Tally(Weights.Of(last.Id), 1) * CountTied(start, end, key));
                if (through[measure] < target)
                {
                    last = last with { Through = through };
                    continue;
                }
            }
            for (int id = start; id < end; id++)
            {
                if (_keys[id] == key)
                {
                    last = new(id, key, last.Through + new Tally(Weights.Of(id), 1));
                    if (last.Through[measure] >= target)
                    {
                        return last;
                    }
                }
            }
        }
        return last;
    }

    private readonly int CountTied(int start, int end, float key)
    {
        ReadOnlySpan<float> keys = _keys[start..end];
        Vector<int> count = Vector<int>.Zero;
        var tied = new Vector<float>(key);
        int i = 0;
        for (; i <= keys.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            count -= Vector.Equals(Vector.LoadUnsafe(ref MemoryMarshal.GetReference(keys), (nuint)i), tied);
        }
        return Vector.Sum(count) + keys[i..].Count(key);
    }

    // Bits that, as integers, ascend as the key falls; subtracted from 0, both zeros are one.
    private static uint Descending(float key)
    {
        uint bits = BitConverter.SingleToUInt32Bits(0f - key);
        return (int)bits < 0 ? ~bits : bits | 0x80000000;
    }
}
