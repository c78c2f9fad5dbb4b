using System.Buffers;
using System.Numerics.Tensors;

namespace DecoupleQ.Kernels;

/// <summary>The shape of a grouped-query attention.</summary>
/// <param name="Heads">Query heads; a multiple of <paramref name="KeyValueHeads"/>.</param>
/// <param name="KeyValueHeads">Key and value heads.</param>
/// <param name="HeadSize">Features of a head.</param>
/// <param name="Scale">Factor on the scores, usually 1 / sqrt(HeadSize).</param>
/// <param name="Window">A query sees this many positions, its own among them; null for all earlier ones.</param>
internal readonly record struct AttentionShape(int Heads, int KeyValueHeads, int HeadSize, float Scale, int? Window = null);

/// <summary>Causal grouped-query attention of one sequence.</summary>
internal static unsafe class Attention
{
    // Queries of one head that go through the matrix products together.
    private const int BlockQueries = 64;

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
        Workers workers)
    {
        AttentionShape s = shape;
        int tokens = queries.Length / (s.Heads * s.HeadSize);
        int blocks = (tokens + BlockQueries - 1) / BlockQueries;
        fixed (float* q = queries, k = keys, v = values, o = output)
        {
            // Pointers, because a span cannot be handed to another thread; each item writes a part of the output of its own.
            nint q0 = (nint)q, k0 = (nint)k, v0 = (nint)v, o0 = (nint)o;
            workers.For(s.Heads * blocks, item =>
            {
                int head = item % s.Heads, first = item / s.Heads * BlockQueries;
                RunBlock(s, head, first, Math.Min(BlockQueries, tokens - first), past, (float*)q0, (float*)k0, (float*)v0, (float*)o0, workers);
            });
        }
    }

    private static void RunBlock(
        in AttentionShape shape, int head, int first, int count, int past, float* q, float* k, float* v, float* o, Workers workers)
    {
        int size = shape.HeadSize, width = shape.Heads * size, stateWidth = shape.KeyValueHeads * size;
        int group = head / (shape.Heads / shape.KeyValueHeads);
        int begin = FirstSeen(shape, past + first), seen = past + first + count - begin;
        var queries = new MatrixView<float>(new(q + ((long)first * width) + (head * size), ((count - 1) * width) + size), count, size, width);
        var keys = new MatrixView<float>(new(k + ((long)begin * stateWidth) + (group * size), ((seen - 1) * stateWidth) + size), seen, size, stateWidth);
        var values = new MatrixView<float>(new(v + ((long)begin * stateWidth) + (group * size), ((seen - 1) * stateWidth) + size), seen, size, stateWidth);
        var output = new Span<float>(o + ((long)first * width) + (head * size), ((count - 1) * width) + size);

        float[] rented = ArrayPool<float>.Shared.Rent(count * seen);
        Span<float> weights = rented.AsSpan(0, count * seen);
        Scores(queries, keys, weights, workers);
        for (int t = 0; t < count; t++)
        {
            int from = FirstSeen(shape, past + first + t) - begin, to = past + first + t + 1 - begin;
            Span<float> row = weights.Slice(t * seen, seen);
            row[..from].Clear();
            row[to..].Clear();
            SoftMax(row[from..to], shape.Scale);
        }
        Mix(weights, values, output, count, width, workers);
        ArrayPool<float>.Shared.Return(rented);
    }

    private static int FirstSeen(in AttentionShape shape, int position) => shape.Window is int window ? Math.Max(0, position + 1 - window) : 0;

    private static void Scores(MatrixView<float> queries, MatrixView<float> keys, Span<float> scores, Workers workers)
    {
        if (queries.Rows > 1)
        {
            Gemm.Multiply(queries, keys.Transposed, scores, keys.Rows, Destination.Overwrite, workers);
            return;
        }
        for (int p = 0; p < keys.Rows; p++)
        {
            scores[p] = TensorPrimitives.Dot(queries.Data, keys.Data.Slice(p * keys.RowStride, keys.Columns));
        }
    }

    private static void Mix(ReadOnlySpan<float> weights, MatrixView<float> values, Span<float> output, int count, int width, Workers workers)
    {
        if (count > 1)
        {
            Gemm.Multiply(new MatrixView<float>(weights, count, values.Rows), values, output, width, Destination.Overwrite, workers);
            return;
        }
        output.Clear();
        for (int p = 0; p < values.Rows; p++)
        {
            TensorPrimitives.MultiplyAdd(values.Data.Slice(p * values.RowStride, values.Columns), weights[p], output, output);
        }
    }

    // exp(scale (x - max)) over its sum.
    private static void SoftMax(Span<float> scores, float scale)
    {
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max(scores), scores);
        TensorPrimitives.Multiply(scores, scale, scores);
        TensorPrimitives.Exp(scores, scores);
        TensorPrimitives.Divide(scores, TensorPrimitives.Sum(scores), scores);
    }
}
