namespace DecoupleQ.Kernels;

/// <summary>A fixed team of threads over which kernels split their loops.</summary>
internal sealed class Workers : IDisposable
{
    /// <param name="count">Threads that work at once, the caller's among them; at least 1.</param>
    public Workers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
    }

    /// <summary>Threads that work at once.</summary>
    public int Count { get; }

    /// <summary>Runs <paramref name="body"/> for 0 .. items-1, each once, in any order, and returns when all are done. An exception of the body is rethrown.</summary>
    public void For(int items, Action<int> body)
    {
        for (int i = 0; i < items; i++)
        {
            body(i);
        }
    }

    public void Dispose()
    {
    }
}
