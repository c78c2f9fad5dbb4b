using DecoupleQ.Kernels;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>How operations on rows, one a token, are shared out.</summary>
/// <remarks>The cut depends on the shape only, so sums over a chunk's rows do not depend on the number of threads.</remarks>
internal static class TokenRows
{
    private const int ChunkElements = 1 << 14;

    /// <summary>Tokens of every chunk but the last.</summary>
    public static int PerChunk(int width) => Math.Max(1, ChunkElements / width);

    /// <summary>Number of chunks.</summary>
    public static int Chunks(int tokens, int width) => (tokens + PerChunk(width) - 1) / PerChunk(width);

    /// <summary>Runs <paramref name="body"/> (chunk, its elements) for each chunk of tokens x width elements.</summary>
    public static void For(int tokens, int width, Workers workers, Action<int, Range> body)
    {
        int perChunk = PerChunk(width);
        workers.For(Chunks(tokens, width), chunk => body(chunk, (chunk * perChunk * width)..(Math.Min(tokens, (chunk + 1) * perChunk) * width)));
    }
}
