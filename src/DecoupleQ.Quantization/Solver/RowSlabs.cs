using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Quantization.Solver;

/// <summary>How the rows of a layer are cut into slabs, each solved by one thread, step by step.</summary>
/// <remarks>The cut depends on the layer only; since rows are independent the result would be the same for any.</remarks>
internal static class RowSlabs
{
    // Whole tiles of the products, 12 rows high, and whole vectors of 16 lanes.
    private const int Unit = 48;
    private const int Largest = 5 * Unit;

    /// <summary>Rows of every slab but the last: enough for an efficient product, few enough to share the layer among threads.</summary>
    public static int Size(int outputs) => Math.Clamp(outputs / 16 / Unit * Unit, Unit, Largest);

    /// <summary>Runs <paramref name="body"/> (first row, rows) for each slab and returns when all are done.</summary>
    public static void For(int outputs, Workers workers, CancellationToken cancellationToken, Action<int, int> body)
    {
        int size = Size(outputs);
        workers.For((outputs + size - 1) / size, slab =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            body(slab * size, Math.Min(size, outputs - (slab * size)));
        });
    }
}
