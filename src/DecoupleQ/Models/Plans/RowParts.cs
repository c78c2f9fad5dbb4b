using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Models.Plans;

/// <summary>Consecutive rows, handed to threads in parts: for operations that make each row by itself.</summary>
internal static class RowParts
{
    // Below this many numbers, handing rows to other threads costs more than it saves.
    private const int ShareThreshold = 1 << 13;

    // More than one a thread, so that a thread that comes late holds nobody up.
    private const int PartsPerThread = 4;

    /// <summary>In how many parts rows are worth being handed out; 1: the caller makes all of them.</summary>
    /// <param name="rows">Rows, at least one.</param>
    /// <param name="width">Numbers that are made of each.</param>
    /// <param name="workers">The team.</param>
    public static int Count(int rows, long width, Workers workers) => rows * width < ShareThreshold ? 1 : Math.Min(rows, workers.Count * PartsPerThread);

    /// <summary>Runs all parts.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="parts">As <see cref="Count"/> says.</param>
    /// <param name="run">Called with the first row and the number of rows of each part.</param>
    /// <param name="workers">The team.</param>
    public static void For(int rows, int parts, Action<int, int> run, Workers workers) => workers.For(parts, part =>
    {
        int first = (int)((long)rows * part / parts), end = (int)((long)rows * (part + 1) / parts);
        run(first, end - first);
    });
}
