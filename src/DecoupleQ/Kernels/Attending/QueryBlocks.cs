using System.Numerics.Tensors;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Attending;

/// <summary>Prefill: a work item is a block of queries of all heads that share a key head, whose scores and weighted values are matrix products.</summary>
internal readonly unsafe struct QueryBlocks(AttentionSequence sequence, InstructionSet set) : IWork
{
    private const int KeysAtOnce = 256;
    private const int RowsAtOnce = 144;

    private int BlockTokens => Math.Clamp(RowsAtOnce / sequence.Shape.Group, 12, 96);

    public int Items => sequence.Shape.KeyValueHeads * ((sequence.Tokens + BlockTokens - 1) / BlockTokens);

    public void Run(int item)
    {
        AttentionShape shape = sequence.Shape;
        int keyHead = item % shape.KeyValueHeads, size = shape.HeadSize;

        // The last blocks see the most keys: they come first, so that no thread begins a long one when the others are done.
        int blocks = Items / shape.KeyValueHeads, firstToken = (blocks - 1 - (item / shape.KeyValueHeads)) * BlockTokens;
        int tokens = Math.Min(BlockTokens, sequence.Tokens - firstToken), rows = tokens * shape.Group;
        int firstPosition = sequence.Past + firstToken, endPosition = firstPosition + tokens;

        using Scratch memory = Scratch.Rent<float>((2L * rows * size) + ((long)rows * KeysAtOnce));
        float* queries = (float*)memory.Pointer, weighted = queries + ((nint)rows * size), scores = weighted + ((nint)rows * size);
        var softmax = new RunningSoftmax[rows];
        Array.Fill(softmax, RunningSoftmax.Empty);
        for (int r = 0; r < rows; r++)
        {
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(sequence.Query(firstToken + (r % tokens), (keyHead * shape.Group) + (r / tokens)), size), shape.Scale, new Span<float>(queries + ((nint)r * size), size));
        }
        new Span<float>(weighted, rows * size).Clear();

        for (int key = shape.FirstVisible(firstPosition); key < endPosition; key += KeysAtOnce)
        {
            int keys = Math.Min(KeysAtOnce, endPosition - key);
            TileChoice.Multiply(
                new StridedOperand<float>(queries, size, 1), new StridedOperand<float>(sequence.Key(key, keyHead), sequence.KeyWidth, 1),
                rows, keys, size, scores, KeysAtOnce, Destination.Overwrite, ProductPart.All, Workers.Alone, set);
            for (int r = 0; r < rows; r++)
            {
                int position = firstPosition + (r % tokens);
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
                var sums = new Span<float>(weighted + ((nint)r * size), size);
                TensorPrimitives.Multiply(sums, factor, sums);
            }
            TileChoice.Multiply(
                new StridedOperand<float>(scores, KeysAtOnce, 1), new StridedOperand<float>(sequence.Value(key, keyHead), 1, sequence.KeyWidth),
                rows, size, keys, weighted, size, Destination.Add, ProductPart.All, Workers.Alone, set);
        }
        for (int r = 0; r < rows; r++)
        {
            var output = new Span<float>(sequence.Output(firstToken + (r % tokens), (keyHead * shape.Group) + (r / tokens)), size);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(weighted + ((nint)r * size), size), softmax[r].Normaliser, output);
        }
    }
}
