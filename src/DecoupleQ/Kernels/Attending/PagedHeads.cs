using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Attending;

/// <summary>Decoding: one token's query heads that share a key head, over a run of earlier positions, page by page.</summary>
/// <remarks>
/// A page's keys and values come from memory once for all heads of the group. The result does not depend on anything but the sequence's own numbers.
/// </remarks>
internal abstract unsafe class PagedHeads
{
    /// <summary>Positions whose scores are held at once; blocks begin at multiples of it.</summary>
    public const int KeysAtOnce = 256;

    /// <summary>Attends to positions <paramref name="from"/> .. <paramref name="to"/> - 1.</summary>
    /// <param name="sequence">Keys and values.</param>
    /// <param name="keyHead">The key and value head.</param>
    /// <param name="from">The first position.</param>
    /// <param name="to">The end; more than <paramref name="from"/>.</param>
    /// <param name="heads">Query heads.</param>
    /// <param name="queries">heads x key size, multiplied by the attention's scale already.</param>
    /// <param name="softmax">One a head; overwritten.</param>
    /// <param name="weighted">heads x value size: sums of values weighted with unnormalised probabilities; overwritten.</param>
    /// <param name="scores">heads x <see cref="KeysAtOnce"/> of working memory.</param>
    public abstract void Attend(
        in PagedSequence sequence, int keyHead, int from, int to, int heads, float* queries, Span<RunningSoftmax> softmax, float* weighted, float* scores);

    /// <summary>The kernel of a format and an instruction set.</summary>
    public static PagedHeads For(KeyValueFormat format, InstructionSet set) => set switch
    {
        InstructionSet.Avx512 => For<SingleLanes512, System.Runtime.Intrinsics.Vector512<float>>(format),
        InstructionSet.Avx2 => For<SingleLanes256, System.Runtime.Intrinsics.Vector256<float>>(format),
        InstructionSet.Vector128 => For<SingleLanes128, System.Runtime.Intrinsics.Vector128<float>>(format),
        _ => For<SingleLanes1, float>(format),
    };

    private static PagedHeads For<TLanes, TVector>(KeyValueFormat format)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => format switch
        {
            KeyValueFormat.F32 => new PagedHeads<TLanes, TVector, SinglePages>(),
            KeyValueFormat.F16 => new PagedHeads<TLanes, TVector, HalfPages>(),
            _ => new PagedHeads<TLanes, TVector, BytePages>(),
        };
}

/// <inheritdoc/>
internal sealed unsafe class PagedHeads<TLanes, TVector, TFormat> : PagedHeads
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TFormat : IPageFormat
{
    private const int Positions = PageLayout.Positions;

    public override void Attend(
        in PagedSequence sequence, int keyHead, int from, int to, int heads, float* queries, Span<RunningSoftmax> softmax, float* weighted, float* scores)
    {
        PageLayout layout = sequence.Layout;
        int size = layout.ValueSize;
        softmax.Fill(RunningSoftmax.Empty);
        new Span<float>(weighted, heads * size).Clear();
        for (int block = from / KeysAtOnce * KeysAtOnce; block < to; block += KeysAtOnce)
        {
            int begin = Math.Max(from, block), end = Math.Min(to, block + KeysAtOnce);
            for (int position = begin / Positions * Positions; position < end; position += Positions)
            {
                // What is read next is asked for meanwhile: the hardware's own prefetchers stop at the end of each page of memory.
                byte* next = position + Positions < end ? Keys(sequence, keyHead, position + Positions) : Values(sequence, keyHead, begin);
                Scores(sequence.Page(position), layout, keyHead, heads, queries, scores + (position - block), next);
            }
            for (int h = 0; h < heads; h++)
            {
                float factor = softmax[h].Take(new Span<float>(scores + ((nint)h * KeysAtOnce) + (begin - block), end - begin));
                var sums = new Span<float>(weighted + ((nint)h * size), size);
                TensorPrimitives.Multiply(sums, factor, sums);
            }
            for (int position = begin; position < end;)
            {
                int pageEnd = Math.Min(end, (position / Positions * Positions) + Positions);
                byte* next = pageEnd < end ? Values(sequence, keyHead, pageEnd) : pageEnd < to ? Keys(sequence, keyHead, pageEnd) : null;
                AddValues(
                    sequence.Page(position), layout, keyHead, position % Positions, pageEnd - position, heads, scores + (position - block), weighted, next);
                position = pageEnd;
            }
        }
    }

    private static byte* Keys(in PagedSequence sequence, int keyHead, int position) => sequence.Page(position) + sequence.Layout.Keys(keyHead);

    private static byte* Values(in PagedSequence sequence, int keyHead, int position) => sequence.Page(position) + sequence.Layout.Values(keyHead);

    /// <summary>Asks for as many bytes of what comes next as four vectors of numbers take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchFour(ref byte* next)
    {
        Prefetch.Read(next, 4 * TLanes.Count * TFormat.Bytes);
        next += 4 * TLanes.Count * TFormat.Bytes;
    }

    /// <summary>Scores of all 64 positions of a page, whether they are asked for or not.</summary>
    private static void Scores(byte* page, in PageLayout layout, int keyHead, int heads, float* queries, float* scores, byte* next)
    {
        byte* keys = page + layout.Keys(keyHead);
        int h = 0;
        for (; h + 4 <= heads; h += 4)
        {
            float* q = queries + ((nint)h * layout.KeySize), to = scores + ((nint)h * KeysAtOnce);
            if (TLanes.Count == 16)
            {
                FourScoresOfAPage(keys, layout.KeySize, q, to, h == 0 ? next : keys);
            }
            else
            {
                FourScores(keys, layout.KeySize, q, to);
            }
        }
        for (; h < heads; h++)
        {
            OneScore(keys, layout.KeySize, queries + ((nint)h * layout.KeySize), scores + ((nint)h * KeysAtOnce), h == 0 ? next : keys);
        }
        if (TFormat.Scaled)
        {
            var scales = new ReadOnlySpan<float>(page + layout.KeyScales(keyHead), Positions);
            for (h = 0; h < heads; h++)
            {
                var row = new Span<float>(scores + ((nint)h * KeysAtOnce), Positions);
                TensorPrimitives.Multiply(row, scales, row);
            }
        }
    }

    /// <summary>With 16 lanes a page's positions are four vectors: four heads' scores of them fill half of the registers, and the keys go by once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourScoresOfAPage(byte* keys, int size, float* q, float* scores, byte* next)
    {
        TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        TVector b0 = TLanes.Zero, b1 = TLanes.Zero, b2 = TLanes.Zero, b3 = TLanes.Zero;
        TVector c0 = TLanes.Zero, c1 = TLanes.Zero, c2 = TLanes.Zero, c3 = TLanes.Zero;
        TVector d0 = TLanes.Zero, d1 = TLanes.Zero, d2 = TLanes.Zero, d3 = TLanes.Zero;
        nint at = 0;
        float* q1 = q + size, q2 = q1 + size, q3 = q2 + size;
        for (int i = 0; i < size; i++, at += Positions)
        {
            TVector k0 = TFormat.Load<TLanes, TVector>(keys, at), k1 = TFormat.Load<TLanes, TVector>(keys, at + TLanes.Count);
            TVector k2 = TFormat.Load<TLanes, TVector>(keys, at + (2 * TLanes.Count)), k3 = TFormat.Load<TLanes, TVector>(keys, at + (3 * TLanes.Count));
            PrefetchFour(ref next);
            TVector x = TLanes.Broadcast(q[i]);
            a0 = TLanes.MultiplyAdd(x, k0, a0);
            a1 = TLanes.MultiplyAdd(x, k1, a1);
            a2 = TLanes.MultiplyAdd(x, k2, a2);
            a3 = TLanes.MultiplyAdd(x, k3, a3);
            x = TLanes.Broadcast(q1[i]);
            b0 = TLanes.MultiplyAdd(x, k0, b0);
            b1 = TLanes.MultiplyAdd(x, k1, b1);
            b2 = TLanes.MultiplyAdd(x, k2, b2);
            b3 = TLanes.MultiplyAdd(x, k3, b3);
            x = TLanes.Broadcast(q2[i]);
            c0 = TLanes.MultiplyAdd(x, k0, c0);
            c1 = TLanes.MultiplyAdd(x, k1, c1);
            c2 = TLanes.MultiplyAdd(x, k2, c2);
            c3 = TLanes.MultiplyAdd(x, k3, c3);
            x = TLanes.Broadcast(q3[i]);
            d0 = TLanes.MultiplyAdd(x, k0, d0);
            d1 = TLanes.MultiplyAdd(x, k1, d1);
            d2 = TLanes.MultiplyAdd(x, k2, d2);
            d3 = TLanes.MultiplyAdd(x, k3, d3);
        }
        StoreFour(a0, a1, a2, a3, scores);
        StoreFour(b0, b1, b2, b3, scores + KeysAtOnce);
        StoreFour(c0, c1, c2, c3, scores + (2 * KeysAtOnce));
        StoreFour(d0, d1, d2, d3, scores + (3 * KeysAtOnce));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour(TVector v0, TVector v1, TVector v2, TVector v3, float* to)
    {
        TLanes.Store(v0, to);
        TLanes.Store(v1, to + TLanes.Count);
        TLanes.Store(v2, to + (2 * TLanes.Count));
        TLanes.Store(v3, to + (3 * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourScores(byte* keys, int size, float* q, float* scores)
    {
        // Lanes are positions; two vectors of them for four heads are eight chains of multiply-adds.
        int step = 2 * TLanes.Count;
        for (int p = 0; p < Positions; p += step)
        {
            TVector a0 = TLanes.Zero, a1 = TLanes.Zero, b0 = TLanes.Zero, b1 = TLanes.Zero;
            TVector c0 = TLanes.Zero, c1 = TLanes.Zero, d0 = TLanes.Zero, d1 = TLanes.Zero;
            nint at = p;
            for (int i = 0; i < size; i++, at += Positions)
            {
                TVector k0 = TFormat.Load<TLanes, TVector>(keys, at), k1 = TFormat.Load<TLanes, TVector>(keys, at + TLanes.Count);
                TVector x = TLanes.Broadcast(q[i]);
                a0 = TLanes.MultiplyAdd(x, k0, a0);
                a1 = TLanes.MultiplyAdd(x, k1, a1);
                x = TLanes.Broadcast(q[size + i]);
                b0 = TLanes.MultiplyAdd(x, k0, b0);
                b1 = TLanes.MultiplyAdd(x, k1, b1);
                x = TLanes.Broadcast(q[(2 * size) + i]);
                c0 = TLanes.MultiplyAdd(x, k0, c0);
                c1 = TLanes.MultiplyAdd(x, k1, c1);
                x = TLanes.Broadcast(q[(3 * size) + i]);
                d0 = TLanes.MultiplyAdd(x, k0, d0);
                d1 = TLanes.MultiplyAdd(x, k1, d1);
            }
            float* to = scores + p;
            TLanes.Store(a0, to);
            TLanes.Store(a1, to + TLanes.Count);
            TLanes.Store(b0, to + KeysAtOnce);
            TLanes.Store(b1, to + KeysAtOnce + TLanes.Count);
            TLanes.Store(c0, to + (2 * KeysAtOnce));
            TLanes.Store(c1, to + (2 * KeysAtOnce) + TLanes.Count);
            TLanes.Store(d0, to + (3 * KeysAtOnce));
            TLanes.Store(d1, to + (3 * KeysAtOnce) + TLanes.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneScore(byte* keys, int size, float* q, float* scores, byte* next)
    {
        int step = 4 * TLanes.Count;
        for (int p = 0; p < Positions; p += step)
        {
            TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
            nint at = p;
            for (int i = 0; i < size; i++, at += Positions)
            {
                TVector x = TLanes.Broadcast(q[i]);
                PrefetchFour(ref next);
                a0 = TLanes.MultiplyAdd(x, TFormat.Load<TLanes, TVector>(keys, at), a0);
                a1 = TLanes.MultiplyAdd(x, TFormat.Load<TLanes, TVector>(keys, at + TLanes.Count), a1);
                a2 = TLanes.MultiplyAdd(x, TFormat.Load<TLanes, TVector>(keys, at + (2 * TLanes.Count)), a2);
                a3 = TLanes.MultiplyAdd(x, TFormat.Load<TLanes, TVector>(keys, at + (3 * TLanes.Count)), a3);
            }
            TLanes.Store(a0, scores + p);
            TLanes.Store(a1, scores + p + TLanes.Count);
            TLanes.Store(a2, scores + p + (2 * TLanes.Count));
            TLanes.Store(a3, scores + p + (3 * TLanes.Count));
        }
    }

    /// <summary>Adds the values of <paramref name="count"/> positions from <paramref name="slot"/> on, weighted with their probabilities.</summary>
    private static void AddValues(
        byte* page, in PageLayout layout, int keyHead, int slot, int count, int heads, float* probabilities, float* weighted, byte* next)
    {
        int size = layout.ValueSize;
        byte* values = page + layout.Values(keyHead) + ((nint)slot * size * layout.ElementBytes);
        if (TFormat.Scaled)
        {
            var scales = new ReadOnlySpan<float>((float*)(page + layout.ValueScales(keyHead)) + slot, count);
            for (int i = 0; i < heads; i++)
            {
                var row = new Span<float>(probabilities + ((nint)i * KeysAtOnce), count);
                TensorPrimitives.Multiply(row, scales, row);
            }
        }
        int h = 0;
        for (; h + 4 <= heads; h += 4)
        {
            AddToFour(values, size, count, probabilities + ((nint)h * KeysAtOnce), weighted + ((nint)h * size), h == 0 && next != null ? next : values);
        }
        for (; h < heads; h++)
        {
            AddToOne(values, size, count, probabilities + ((nint)h * KeysAtOnce), weighted + ((nint)h * size), h == 0 && next != null ? next : values);
        }
    }

    /// <summary>With 16 lanes four vectors of features for four heads: a value's cache lines are taken whole.</summary>
    /// <returns>Features done.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int AddWideToFour(byte* values, int size, int count, float* p, float* weighted, byte* next)
    {
        int i = 0;
        for (; i <= size - (4 * TLanes.Count); i += 4 * TLanes.Count)
        {
            float* to = weighted + i, to1 = to + size, to2 = to1 + size, to3 = to2 + size;
            TVector a0 = TLanes.Load(to), a1 = TLanes.Load(to + TLanes.Count);
            TVector a2 = TLanes.Load(to + (2 * TLanes.Count)), a3 = TLanes.Load(to + (3 * TLanes.Count));
            TVector b0 = TLanes.Load(to1), b1 = TLanes.Load(to1 + TLanes.Count);
            TVector b2 = TLanes.Load(to1 + (2 * TLanes.Count)), b3 = TLanes.Load(to1 + (3 * TLanes.Count));
            TVector c0 = TLanes.Load(to2), c1 = TLanes.Load(to2 + TLanes.Count);
            TVector c2 = TLanes.Load(to2 + (2 * TLanes.Count)), c3 = TLanes.Load(to2 + (3 * TLanes.Count));
            TVector d0 = TLanes.Load(to3), d1 = TLanes.Load(to3 + TLanes.Count);
            TVector d2 = TLanes.Load(to3 + (2 * TLanes.Count)), d3 = TLanes.Load(to3 + (3 * TLanes.Count));
            nint at = i;
            for (int t = 0; t < count; t++, at += size)
            {
                TVector v0 = TFormat.Load<TLanes, TVector>(values, at), v1 = TFormat.Load<TLanes, TVector>(values, at + TLanes.Count);
                TVector v2 = TFormat.Load<TLanes, TVector>(values, at + (2 * TLanes.Count));
                TVector v3 = TFormat.Load<TLanes, TVector>(values, at + (3 * TLanes.Count));
                PrefetchFour(ref next);
                TVector x = TLanes.Broadcast(p[t]);
                a0 = TLanes.MultiplyAdd(x, v0, a0);
                a1 = TLanes.MultiplyAdd(x, v1, a1);
                a2 = TLanes.MultiplyAdd(x, v2, a2);
                a3 = TLanes.MultiplyAdd(x, v3, a3);
                x = TLanes.Broadcast(p[KeysAtOnce + t]);
                b0 = TLanes.MultiplyAdd(x, v0, b0);
                b1 = TLanes.MultiplyAdd(x, v1, b1);
                b2 = TLanes.MultiplyAdd(x, v2, b2);
                b3 = TLanes.MultiplyAdd(x, v3, b3);
                x = TLanes.Broadcast(p[(2 * KeysAtOnce) + t]);
                c0 = TLanes.MultiplyAdd(x, v0, c0);
                c1 = TLanes.MultiplyAdd(x, v1, c1);
                c2 = TLanes.MultiplyAdd(x, v2, c2);
                c3 = TLanes.MultiplyAdd(x, v3, c3);
                x = TLanes.Broadcast(p[(3 * KeysAtOnce) + t]);
                d0 = TLanes.MultiplyAdd(x, v0, d0);
                d1 = TLanes.MultiplyAdd(x, v1, d1);
                d2 = TLanes.MultiplyAdd(x, v2, d2);
                d3 = TLanes.MultiplyAdd(x, v3, d3);
            }
            StoreFour(a0, a1, a2, a3, to);
            StoreFour(b0, b1, b2, b3, to1);
            StoreFour(c0, c1, c2, c3, to2);
            StoreFour(d0, d1, d2, d3, to3);
        }
        return i;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddToFour(byte* values, int size, int count, float* p, float* weighted, byte* next)
    {
        int i = TLanes.Count == 16 ? AddWideToFour(values, size, count, p, weighted, next) : 0;
        for (; i <= size - (2 * TLanes.Count); i += 2 * TLanes.Count)
        {
            float* to = weighted + i;
            TVector a0 = TLanes.Load(to), a1 = TLanes.Load(to + TLanes.Count);
            TVector b0 = TLanes.Load(to + size), b1 = TLanes.Load(to + size + TLanes.Count);
            TVector c0 = TLanes.Load(to + (2 * size)), c1 = TLanes.Load(to + (2 * size) + TLanes.Count);
            TVector d0 = TLanes.Load(to + (3 * size)), d1 = TLanes.Load(to + (3 * size) + TLanes.Count);
            nint at = i;
            for (int t = 0; t < count; t++, at += size)
            {
                TVector v0 = TFormat.Load<TLanes, TVector>(values, at), v1 = TFormat.Load<TLanes, TVector>(values, at + TLanes.Count);
                TVector x = TLanes.Broadcast(p[t]);
                a0 = TLanes.MultiplyAdd(x, v0, a0);
                a1 = TLanes.MultiplyAdd(x, v1, a1);
                x = TLanes.Broadcast(p[KeysAtOnce + t]);
                b0 = TLanes.MultiplyAdd(x, v0, b0);
                b1 = TLanes.MultiplyAdd(x, v1, b1);
                x = TLanes.Broadcast(p[(2 * KeysAtOnce) + t]);
                c0 = TLanes.MultiplyAdd(x, v0, c0);
                c1 = TLanes.MultiplyAdd(x, v1, c1);
                x = TLanes.Broadcast(p[(3 * KeysAtOnce) + t]);
                d0 = TLanes.MultiplyAdd(x, v0, d0);
                d1 = TLanes.MultiplyAdd(x, v1, d1);
            }
            TLanes.Store(a0, to);
            TLanes.Store(a1, to + TLanes.Count);
            TLanes.Store(b0, to + size);
            TLanes.Store(b1, to + size + TLanes.Count);
            TLanes.Store(c0, to + (2 * size));
            TLanes.Store(c1, to + (2 * size) + TLanes.Count);
            TLanes.Store(d0, to + (3 * size));
            TLanes.Store(d1, to + (3 * size) + TLanes.Count);
        }
        for (int h = 0; h < 4; h++)
        {
            AddTail(values, size, i, count, p + ((nint)h * KeysAtOnce), weighted + ((nint)h * size));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddToOne(byte* values, int size, int count, float* p, float* weighted, byte* next)
    {
        int i = 0;
        for (; i <= size - (4 * TLanes.Count); i += 4 * TLanes.Count)
        {
            float* to = weighted + i;
            TVector a0 = TLanes.Load(to), a1 = TLanes.Load(to + TLanes.Count);
            TVector a2 = TLanes.Load(to + (2 * TLanes.Count)), a3 = TLanes.Load(to + (3 * TLanes.Count));
            nint at = i;
            for (int t = 0; t < count; t++, at += size)
            {
                TVector x = TLanes.Broadcast(p[t]);
                PrefetchFour(ref next);
                a0 = TLanes.MultiplyAdd(x, TFormat.Load<TLanes, TVector>(values, at), a0);
                a1 = TLanes.MultiplyAdd(x, TFormat.Load<TLanes, TVector>(values, at + TLanes.Count), a1);
                a2 = TLanes.MultiplyAdd(x, TFormat.Load<TLanes, TVector>(values, at + (2 * TLanes.Count)), a2);
                a3 = TLanes.MultiplyAdd(x, TFormat.Load<TLanes, TVector>(values, at + (3 * TLanes.Count)), a3);
            }
            TLanes.Store(a0, to);
            TLanes.Store(a1, to + TLanes.Count);
            TLanes.Store(a2, to + (2 * TLanes.Count));
            TLanes.Store(a3, to + (3 * TLanes.Count));
        }
        AddTail(values, size, i, count, p, weighted);
    }

    /// <summary>Features that are left over: vector by vector, then one by one.</summary>
    private static void AddTail(byte* values, int size, int i, int count, float* p, float* weighted)
    {
        for (; i <= size - TLanes.Count; i += TLanes.Count)
        {
            TVector sum = TLanes.Load(weighted + i);
            nint at = i;
            for (int t = 0; t < count; t++, at += size)
            {
                sum = TLanes.MultiplyAdd(TLanes.Broadcast(p[t]), TFormat.Load<TLanes, TVector>(values, at), sum);
            }
            TLanes.Store(sum, weighted + i);
        }
        for (; i < size; i++)
        {
            float sum = weighted[i];
            for (int t = 0; t < count; t++)
            {
                sum += p[t] * TFormat.Load<SingleLanes1, float>(values, ((nint)t * size) + i);
            }
            weighted[i] = sum;
        }
    }
}
