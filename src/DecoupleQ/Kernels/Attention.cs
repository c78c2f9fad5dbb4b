using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels;

/// <summary>Causal grouped-query attention of one sequence.</summary>
/// <remarks>
/// Scores are float32 with the running maximum subtracted, block of keys by block of keys (Milakov and Gimelshein 2018; Dao et al. 2022): no matrix of
/// tokens x tokens is made. The result does not depend on the number of threads.
/// </remarks>
internal static unsafe class Attention
{
    /// <summary>From this many query rows that share a key head on, products of matrices are quicker than dot products.</summary>
    private const int FewestProductRows = 12;

    /// <summary>Query t stands at position <c>past + t</c> and sees keys <c>0 .. past + t</c> (the last Window of them).</summary>
    /// <param name="shape">Heads and sizes.</param>
    /// <param name="queries">tokens x (Heads x HeadSize).</param>
    /// <param name="keys">(past + tokens) x (KeyValueHeads x HeadSize).</param>
    /// <param name="values">As <paramref name="keys"/>.</param>
    /// <param name="past">Positions before the first query.</param>
    /// <param name="output">As <paramref name="queries"/>.</param>
    /// <param name="workers">The team.</param>
    public static void Causal(
        in AttentionShape shape,
        ReadOnlySpan<float> queries,
        ReadOnlySpan<float> keys,
        ReadOnlySpan<float> values,
        int past,
        Span<float> output,
        Workers workers) => Causal(shape, queries, keys, values, past, output, workers, InstructionSets.Best);

    /// <summary>As the other, with the kernels of <paramref name="set"/>.</summary>
    public static void Causal(
        in AttentionShape shape,
        ReadOnlySpan<float> queries,
        ReadOnlySpan<float> keys,
        ReadOnlySpan<float> values,
        int past,
        Span<float> output,
        Workers workers,
        InstructionSet set)
    {
        int width = shape.Heads * shape.HeadSize, kvWidth = shape.KeyValueHeads * shape.HeadSize;
        int tokens = queries.Length / width;
        long kvLength = ((long)past + tokens) * kvWidth;
        if (queries.Length != (long)tokens * width || output.Length < queries.Length || keys.Length < kvLength || values.Length < kvLength)
        {
            throw new ArgumentException(
                $"{tokens} queries of {width} after {past} positions of {kvWidth} do not fit spans of {queries.Length}, {keys.Length}, {values.Length} and {output.Length} elements.");
        }
        fixed (float* q = queries, k = keys, v = values, y = output)
        {
            var sequence = new AttentionSequence(shape, q, k, v, past, tokens, y);
            if ((long)tokens * shape.Group >= FewestProductRows)
            {
                var blocks = new QueryBlocks(sequence, set);
                workers.For(blocks.Items, blocks);
                return;
            }
            switch (set)
            {
                case InstructionSet.Avx512:
                    Decode<SingleLanes512, Vector512<float>>(sequence, workers);
                    break;
                case InstructionSet.Avx2:
                    Decode<SingleLanes256, Vector256<float>>(sequence, workers);
                    break;
                case InstructionSet.Vector128:
                    Decode<SingleLanes128, Vector128<float>>(sequence, workers);
                    break;
                default:
                    Decode<SingleLanes1, float>(sequence, workers);
                    break;
            }
        }
    }

    private static void Decode<TLanes, TVector>(AttentionSequence sequence, Workers workers)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged
    {
        var heads = new QueryHeads<TLanes, TVector>(sequence, workers.Count);
        workers.For(heads.Items, heads);
    }
}
