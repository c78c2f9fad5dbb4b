using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Attending;

/// <summary>Causal grouped-query attention of one sequence whose keys and values lie row after row.</summary>
/// <remarks>
/// Scores are float32 with the running maximum subtracted, block of keys by block of keys (Milakov and Gimelshein 2018; Dao et al. 2022): no matrix of
/// tokens x tokens is made. The result does not depend on the number of threads.
/// </remarks>
internal static unsafe class Attention
{
    /// <summary>Query t stands at position <c>past + t</c> and sees keys <c>0 .. past + t</c> (the last Window of them).</summary>
    /// <param name="shape">Heads and sizes.</param>
    /// <param name="queries">tokens x (Heads x HeadSize).</param>
    /// <param name="keys">(past + tokens) x (KeyValueHeads x HeadSize).</param>
    /// <param name="values">(past + tokens) x (KeyValueHeads x ValueSize).</param>
    /// <param name="past">Positions before the first query.</param>
    /// <param name="output">tokens x (Heads x ValueSize).</param>
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
        int width = shape.Heads * shape.HeadSize, tokens = queries.Length / width;
        long positions = (long)past + tokens;
        long keyLength = positions * shape.KeyValueHeads * shape.HeadSize, valueLength = positions * shape.KeyValueHeads * shape.ValueSize;
        if (queries.Length != (long)tokens * width || output.Length < (long)tokens * shape.Heads * shape.ValueSize
            || keys.Length < keyLength || values.Length < valueLength)
        {
            throw new ArgumentException(
                $"{tokens} queries of {width} after {past} positions do not fit spans of {queries.Length}, {keys.Length}, {values.Length} and "
                + $"{output.Length} elements.");
        }
        fixed (float* q = queries, k = keys, v = values, y = output)
        {
            var blocks = new QueryBlocks<RowsAttended, StridedOperand<float>, StridedOperand<float>>(
                shape, q, new RowsAttended(shape, k, v), past, tokens, y, set);
            workers.For(blocks.Items, blocks);
        }
    }
}
