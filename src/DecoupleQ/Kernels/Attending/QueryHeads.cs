using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Attending;

/// <summary>Decoding: a work item is one token's query heads that share a key head (or one of them, where there would be too few items), with dot products.</summary>
internal readonly unsafe struct QueryHeads<TLanes, TVector>(AttentionSequence sequence, int threads) : IWork
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
{
    private const int KeysAtOnce = 256;

    // A head's keys lie apart from each other by those of the other heads, which the hardware's prefetchers do not follow far.
    private const int KeysAhead = 16;

    private int HeadsAtOnce => sequence.Tokens * sequence.Shape.KeyValueHeads >= threads ? sequence.Shape.Group : 1;

    public int Items => sequence.Tokens * (sequence.Shape.Heads / HeadsAtOnce);

    public void Run(int item)
    {
        AttentionShape shape = sequence.Shape;
        int heads = HeadsAtOnce, itemsPerToken = shape.Heads / heads;
        int token = item / itemsPerToken, firstHead = item % itemsPerToken * heads, keyHead = firstHead / shape.Group;
        int position = sequence.Past + token;
        Span<RunningSoftmax> softmax = stackalloc RunningSoftmax[heads];
        softmax.Fill(RunningSoftmax.Empty);
        float* probabilities = stackalloc float[KeysAtOnce];
        for (int h = 0; h < heads; h++)
        {
            new Span<float>(sequence.Output(token, firstHead + h), shape.HeadSize).Clear();
        }
        for (int key = shape.FirstVisible(position); key <= position; key += KeysAtOnce)
        {
            // A block of keys and values comes from memory for the first head and from the cache for the others.
            int keys = Math.Min(KeysAtOnce, position + 1 - key);
            for (int h = 0; h < heads; h++)
            {
                Scores(sequence.Query(token, firstHead + h), sequence.Key(key, keyHead), keys, probabilities);
                float factor = softmax[h].Take(new Span<float>(probabilities, keys));
                AddValues(probabilities, sequence.Value(key, keyHead), keys, factor, sequence.Output(token, firstHead + h));
            }
        }
        for (int h = 0; h < heads; h++)
        {
            float* output = sequence.Output(token, firstHead + h);
            float normaliser = softmax[h].Normaliser;
            for (int i = 0; i < shape.HeadSize; i++)
            {
                output[i] *= normaliser;
            }
        }
    }

    /// <summary>Scaled dot products of a query with a block of keys, four keys at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Scores(float* query, float* key, int keys, float* scores)
    {
        int size = sequence.Shape.HeadSize;
        float scale = sequence.Shape.Scale;
        nint width = sequence.KeyWidth;
        for (int p = 0; p < keys; p += 4)
        {
            // Fewer than four are left at the end only; a key that is not there is read as the last one again and its score is not stored.
            int last = Math.Min(3, keys - 1 - p);
            float* k0 = key + (p * width), k1 = k0 + (Math.Min(1, last) * width), k2 = k0 + (Math.Min(2, last) * width), k3 = k0 + (last * width);
            for (int ahead = KeysAhead; ahead < KeysAhead + 4; ahead++)
            {
                Prefetch.Read(k0 + (ahead * width), size * sizeof(float));
            }
            TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
            int i = 0;
            for (; i <= size - TLanes.Count; i += TLanes.Count)
            {
                TVector q = TLanes.Load(query + i);
                a0 = TLanes.MultiplyAdd(q, TLanes.Load(k0 + i), a0);
                a1 = TLanes.MultiplyAdd(q, TLanes.Load(k1 + i), a1);
                a2 = TLanes.MultiplyAdd(q, TLanes.Load(k2 + i), a2);
                a3 = TLanes.MultiplyAdd(q, TLanes.Load(k3 + i), a3);
            }
            float s0 = TLanes.Sum(a0), s1 = TLanes.Sum(a1), s2 = TLanes.Sum(a2), s3 = TLanes.Sum(a3);
            for (; i < size; i++)
            {
                s0 += query[i] * k0[i];
                s1 += query[i] * k1[i];
                s2 += query[i] * k2[i];
                s3 += query[i] * k3[i];
            }
            scores[p] = s0 * scale;
            if (last == 3)
            {
                scores[p + 1] = s1 * scale;
                scores[p + 2] = s2 * scale;
                scores[p + 3] = s3 * scale;
            }
            else if (last > 0)
            {
                scores[p + 1] = s1 * scale;
                scores[p + last] = s3 * scale;
            }
        }
    }

    /// <summary>output = factor * output + the block's values weighted with their probabilities.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddValues(float* probabilities, float* value, int keys, float factor, float* output)
    {
        int size = sequence.Shape.HeadSize;
        nint width = sequence.KeyWidth;
        int i = 0;
        for (; i <= size - (4 * TLanes.Count); i += 4 * TLanes.Count)
        {
            TVector f = TLanes.Broadcast(factor);
            TVector a0 = TLanes.Multiply(f, TLanes.Load(output + i)), a1 = TLanes.Multiply(f, TLanes.Load(output + i + TLanes.Count));
            TVector a2 = TLanes.Multiply(f, TLanes.Load(output + i + (2 * TLanes.Count))), a3 = TLanes.Multiply(f, TLanes.Load(output + i + (3 * TLanes.Count)));
            float* v = value + i;
            for (int p = 0; p < keys; p++)
            {
                Prefetch.Read(v + (KeysAhead * width), 4 * TLanes.Count * sizeof(float));
                TVector weight = TLanes.Broadcast(probabilities[p]);
                a0 = TLanes.MultiplyAdd(weight, TLanes.Load(v), a0);
                a1 = TLanes.MultiplyAdd(weight, TLanes.Load(v + TLanes.Count), a1);
                a2 = TLanes.MultiplyAdd(weight, TLanes.Load(v + (2 * TLanes.Count)), a2);
                a3 = TLanes.MultiplyAdd(weight, TLanes.Load(v + (3 * TLanes.Count)), a3);
                v += width;
            }
            TLanes.Store(a0, output + i);
            TLanes.Store(a1, output + i + TLanes.Count);
            TLanes.Store(a2, output + i + (2 * TLanes.Count));
            TLanes.Store(a3, output + i + (3 * TLanes.Count));
        }
        for (; i < size; i++)
        {
            float sum = factor * output[i];
            for (int p = 0; p < keys; p++)
            {
                sum += probabilities[p] * value[(p * width) + i];
            }
            output[i] = sum;
        }
    }
}
