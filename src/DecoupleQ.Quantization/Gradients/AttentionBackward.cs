using System.Numerics.Tensors;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>The gradient of <see cref="Attention"/> over whole sequences.</summary>
/// <remarks>
/// For a head, with <c>P = softmax(scale Q K^T)</c> and <c>O = P V</c>: <c>dV = P^T dO</c>, <c>dP = dO V^T</c>, <c>dS = scale P (dP - rowsum(P dP))</c>,
/// <c>dQ = dS K</c>, <c>dK = dS^T Q</c>. P is made again, some queries at a time (as in FlashAttention, arXiv 2205.14135), so memory grows with tokens, not
/// with their square.
/// </remarks>
internal static unsafe class AttentionBackward
{
    private const int QueriesAtOnce = 64;

    /// <summary>Makes dQ, dK and dV, all overwritten.</summary>
    /// <param name="shape">Heads, sizes, scale and window.</param>
    /// <param name="tokens">Tokens of a sequence, from position 0 on.</param>
    /// <param name="sequences">Sequences, one after another in the rows.</param>
    /// <param name="queries">(sequences x tokens) x (Heads x HeadSize).</param>
    /// <param name="keys">(sequences x tokens) x (KeyValueHeads x HeadSize).</param>
    /// <param name="values">As <paramref name="keys"/>.</param>
    /// <param name="outputGradient">dO, as <paramref name="queries"/>.</param>
    /// <param name="queryGradient">dQ, as <paramref name="queries"/>.</param>
    /// <param name="keyGradient">dK, as <paramref name="keys"/>.</param>
    /// <param name="valueGradient">dV, as <paramref name="keys"/>.</param>
    /// <param name="workers">The team.</param>
    public static void Run(
        AttentionShape shape,
        int tokens,
        int sequences,
        float[] queries,
        float[] keys,
        float[] values,
        float[] outputGradient,
        float[] queryGradient,
        float[] keyGradient,
        float[] valueGradient,
        Workers workers)
    {
        int size = shape.HeadSize, perHead = tokens * size, group = shape.Heads / shape.KeyValueHeads;
        // Query heads are worked on at the same time, so each has its own dK and dV; those of a group are then added in order.
        using Scratch scratch = Scratch.Rent<float>(2L * sequences * shape.Heads * perHead);
        nint own = (nint)scratch.Pointer;
        workers.For(sequences * shape.Heads, item =>
        {
            (int sequence, int head) = Math.DivRem(item, shape.Heads);
            RunHead(shape, sequence * tokens, tokens, head, queries, keys, values, outputGradient, queryGradient, Part(item, 0), Part(item, 1));
        });
        workers.For(sequences * shape.KeyValueHeads, item =>
        {
            (int sequence, int kv) = Math.DivRem(item, shape.KeyValueHeads);
            Gather(sequence, kv, 0, keyGradient);
            Gather(sequence, kv, 1, valueGradient);
        });

        Span<float> Part(int item, int which) => new((float*)own + (((2L * item) + which) * perHead), perHead);

        void Gather(int sequence, int kv, int which, float[] to)
        {
            int width = shape.KeyValueHeads * size;
            for (int t = 0; t < tokens; t++)
            {
                Span<float> row = to.AsSpan((((sequence * tokens) + t) * width) + (kv * size), size);
                for (int h = 0; h < group; h++)
                {
                    ReadOnlySpan<float> part = Part((sequence * shape.Heads) + (kv * group) + h, which).Slice(t * size, size);
                    if (h == 0)
                    {
                        part.CopyTo(row);
                    }
                    else
                    {
                        TensorPrimitives.Add(row, part, row);
                    }
                }
            }
        }
    }

    private static void RunHead(
        in AttentionShape shape,
        int firstRow,
        int tokens,
        int head,
        float[] queries,
        float[] keys,
        float[] values,
        float[] outputGradient,
        float[] queryGradient,
        Span<float> keyGradient,
        Span<float> valueGradient)
    {
        int size = shape.HeadSize, width = shape.Heads * size, kvWidth = shape.KeyValueHeads * size;
        int column = head * size, kvColumn = head / (shape.Heads / shape.KeyValueHeads) * size, window = shape.Window ?? tokens;
        int rowsAtOnce = Math.Min(QueriesAtOnce, tokens), keysAtOnce = (int)Math.Min(tokens, (long)window + rowsAtOnce);
        Workers alone = Workers.Alone;
        keyGradient.Clear();
        valueGradient.Clear();
        using Scratch scratch = Scratch.Rent<float>(2L * rowsAtOnce * keysAtOnce);
        for (int first = 0; first < tokens; first += rowsAtOnce)
        {
            int end = Math.Min(tokens, first + rowsAtOnce), rows = end - first, begin = Math.Max(0, first + 1 - window), seen = end - begin;
            var p = new Span<float>(scratch.Pointer, rows * seen);
            var ds = new Span<float>((float*)scratch.Pointer + p.Length, p.Length);
            MatrixView<float> q = View(queries, first, rows, width, column), dO = View(outputGradient, first, rows, width, column);
            MatrixView<float> k = View(keys, begin, seen, kvWidth, kvColumn), v = View(values, begin, seen, kvWidth, kvColumn);
            Gemm.Multiply(q, k.Transposed, p, seen, Destination.Overwrite, alone);
            Gemm.Multiply(dO, v.Transposed, ds, seen, Destination.Overwrite, alone);
            for (int t = first; t < end; t++)
            {
                int from = Math.Max(0, t + 1 - window) - begin;
                SoftmaxBackward(p.Slice((t - first) * seen, seen), ds.Slice((t - first) * seen, seen), from..(t + 1 - begin), shape.Scale);
            }
            var probabilities = new MatrixView<float>(p, rows, seen);
            var scores = new MatrixView<float>(ds, rows, seen);
            Gemm.Multiply(probabilities.Transposed, dO, valueGradient[(begin * size)..], size, Destination.Add, alone);
            Gemm.Multiply(scores, k, queryGradient.AsSpan(((firstRow + first) * width) + column), width, Destination.Overwrite, alone);
            Gemm.Multiply(scores.Transposed, q, keyGradient[(begin * size)..], size, Destination.Add, alone);
        }

        MatrixView<float> View(float[] data, int row, int rows, int stride, int firstColumn) =>
            new(data.AsSpan(((firstRow + row) * stride) + firstColumn), rows, size, stride);
    }

    /// <summary>A query's row: scores become probabilities, dP becomes dS; both zero where it does not look.</summary>
    private static void SoftmaxBackward(Span<float> scores, Span<float> gradient, Range seen, float scale)
    {
        Span<float> p = scores[seen], d = gradient[seen];
        TensorPrimitives.Multiply(p, scale, p);
        TensorPrimitives.Subtract(p, TensorPrimitives.Max<float>(p), p);
        TensorPrimitives.Exp(p, p);
        TensorPrimitives.Multiply(p, 1 / TensorPrimitives.Sum<float>(p), p);
        TensorPrimitives.Subtract(d, TensorPrimitives.Dot<float>(p, d), d);
        TensorPrimitives.Multiply(d, p, d);
        TensorPrimitives.Multiply(d, scale, d);
        scores[..seen.Start.Value].Clear();
        scores[seen.End.Value..].Clear();
        gradient[..seen.Start.Value].Clear();
        gradient[seen.End.Value..].Clear();
    }
}
