using System.Numerics.Tensors;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>How operations on rows, one a token, are shared out.</summary>
/// <remarks>The cut depends on the shape only, so sums over a chunk's rows do not depend on the number of threads.</remarks>
internal static class TokenRows
{
    private const int ChunkElements = 1 << 14;

    /// <summary>Works on some rows, given as a range of elements, and adds to a chunk's own sums.</summary>
    public delegate void SummingBody(Range rows, Span<float> sums);

    /// <summary>Runs <paramref name="body"/> on the elements of each chunk of tokens x width elements.</summary>
    public static void For(int tokens, int width, Workers workers, Action<Range> body) =>
        workers.For(Chunks(tokens, width), chunk => body(Chunk(chunk, tokens, width)));

    /// <summary>As <see cref="For"/>, and returns the <paramref name="length"/> sums over all chunks.</summary>
    public static float[] Sum(int tokens, int width, int length, Workers workers, SummingBody body)
    {
        var partial = new float[Math.Max(1, Chunks(tokens, width)) * length];
        workers.For(Chunks(tokens, width), chunk => body(Chunk(chunk, tokens, width), partial.AsSpan(chunk * length, length)));
        Span<float> total = partial.AsSpan(0, length);
        for (int start = length; start < partial.Length; start += length)
        {
            TensorPrimitives.Add(total, partial.AsSpan(start, length), total);
        }
        return partial[..length];
    }

    private static int PerChunk(int width) => Math.Max(1, ChunkElements / width);

    private static int Chunks(int tokens, int width) => (tokens + PerChunk(width) - 1) / PerChunk(width);

    private static Range Chunk(int chunk, int tokens, int width) =>
        (chunk * PerChunk(width) * width)..(Math.Min(tokens, (chunk + 1) * PerChunk(width)) * width);
}
