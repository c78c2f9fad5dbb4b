using System.Numerics.Tensors;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Kernels.Attending;

/// <summary>Prompts: a work item is a block of queries of all heads that share a key head, whose scores and weighted values are matrix products.</summary>
/// <param name="shape">Heads, sizes, scale and window.</param>
/// <param name="queries">tokens x (Heads x HeadSize).</param>
/// <param name="attended">Keys and values of all positions up to the last query's.</param>
/// <param name="past">Position of the first query.</param>
/// <param name="tokens">Queries.</param>
/// <param name="output">tokens x (Heads x ValueSize).</param>
/// <param name="set">The family of the products.</param>
internal readonly unsafe struct QueryBlocks<TAttended, TKeys, TValues>(
    AttentionShape shape, float* queries, TAttended attended, int past, int tokens, float* output, InstructionSet set) : IWork
    where TAttended : unmanaged, IAttended<TKeys, TValues>
    where TKeys : unmanaged, IOperand<float>
    where TValues : unmanaged, IOperand<float>
{
    private const int KeysAtOnce = PagedHeads.KeysAtOnce;
    private const int RowsAtOnce = 144;
    private const int MostRows = 12 * 64;

    private int BlockTokens => Math.Clamp(RowsAtOnce / shape.Group, 12, 96);

    public int Items => shape.KeyValueHeads * ((tokens + BlockTokens - 1) / BlockTokens);

    public void Run(int item)
    {
        int keyHead = item % shape.KeyValueHeads, size = shape.HeadSize, valueSize = shape.ValueSize;

        // The last blocks see the most keys: they come first, so that no thread begins a long one when the others are done.
        int blocks = Items / shape.KeyValueHeads, firstToken = (blocks - 1 - (item / shape.KeyValueHeads)) * BlockTokens;
        int count = Math.Min(BlockTokens, tokens - firstToken), rows = count * shape.Group;
        int firstPosition = past + firstToken, endPosition = firstPosition + count;

        using Scratch memory = Scratch.Rent<float>(((long)rows * (size + valueSize)) + ((long)rows * KeysAtOnce));
        float* scaled = (float*)memory.Pointer, weighted = scaled + ((nint)rows * size), scores = weighted + ((nint)rows * valueSize);
        Span<RunningSoftmax> softmax = rows <= MostRows ? stackalloc RunningSoftmax[rows] : new RunningSoftmax[rows];
        softmax.Fill(RunningSoftmax.Empty);
        for (int r = 0; r < rows; r++)
        {
            float* query = queries + ((((nint)firstToken + (r % count)) * shape.Heads) + (keyHead * shape.Group) + (r / count)) * size;
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(query, size), shape.Scale, new Span<float>(scaled + ((nint)r * size), size));
        }
        new Span<float>(weighted, rows * valueSize).Clear();

        for (int key = attended.BlockOf(shape.FirstVisible(firstPosition)); key < endPosition; key += KeysAtOnce)
        {
            int keys = Math.Min(KeysAtOnce, endPosition - key);
            TileChoice.Multiply(
                new StridedOperand<float>(scaled, size, 1), attended.Keys(key, keyHead),
                rows, keys, size, scores, KeysAtOnce, Destination.Overwrite, ProductPart.All, Workers.Alone, set);
            for (int r = 0; r < rows; r++)
            {
                int position = firstPosition + (r % count);
                int begin = Math.Clamp(shape.FirstVisible(position) - key, 0, keys), end = Math.Clamp(position + 1 - key, 0, keys);
                var row = new Span<float>(scores + ((nint)r * KeysAtOnce), keys);
                if (begin >= end)
                {
                    row.Clear();
                    continue;
                }
                float factor = softmax[r].Take(row[begin..end]);
                row[..begin].Clear();
                row[end..].Clear();
                var sums = new Span<float>(weighted + ((nint)r * valueSize), valueSize);
                TensorPrimitives.Multiply(sums, factor, sums);
            }
            TileChoice.Multiply(
                new StridedOperand<float>(scores, KeysAtOnce, 1), attended.Values(key, keyHead),
                rows, valueSize, keys, weighted, valueSize, Destination.Add, ProductPart.All, Workers.Alone, set);
        }
        for (int r = 0; r < rows; r++)
        {
            float* to = output + ((((nint)firstToken + (r % count)) * shape.Heads) + (keyHead * shape.Group) + (r / count)) * valueSize;
            TensorPrimitives.Multiply(
                new ReadOnlySpan<float>(weighted + ((nint)r * valueSize), valueSize), softmax[r].Normaliser, new Span<float>(to, valueSize));
        }
    }
}
