using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Hardware;

/// <summary>How fast this machine is at the two things that bound everything else: multiplying matrices and reading memory.</summary>
/// <param name="Threads">Threads that it was measured with.</param>
/// <param name="ProductOperationsPerSecond">Float32 operations a second of a large matrix product, two for a multiply-add.</param>
/// <param name="ReadBytesPerSecond">Bytes a second that are read from main memory.</param>
public sealed record MachineSpeed(int Threads, double ProductOperationsPerSecond, double ReadBytesPerSecond)
{
    // Large enough for the blocked product's full speed, small enough for a dozen of them in the time.
    private const int ProductSize = 768;
    private const double ProductSeconds = 0.3;

    // Several times the caches of a desktop or of a server's share; made in some 50 ms.
    private const int ReadBytes = 256 << 20;
    private const double ReadSeconds = 0.4;

    /// <summary>Measures it, in about a second. Of repeated runs the best counts, so that other work on the machine disturbs little.</summary>
    /// <param name="threads">Threads; 0 for one a core.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static MachineSpeed Measure(int threads = 0, CancellationToken cancellationToken = default)
    {
        using var workers = new Workers(Workers.CountFor(threads)) { Cancellation = cancellationToken };
        return new MachineSpeed(workers.Count, Product(workers), ReadBandwidth.BytesPerSecond(workers, ReadBytes, ReadSeconds));
    }

    /// <summary>What it would be with another number of cores of the same kind, as a guess.</summary>
    /// <param name="cores">At least 1.</param>
    /// <returns>
    /// Products by the number of cores. Memory is not: more cores than measured read no faster, as far as is known, and fewer read their share.
    /// </returns>
    public MachineSpeed WithCores(int cores)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cores, 1);
        double share = (double)cores / Threads;
        return new(cores, ProductOperationsPerSecond * share, ReadBytesPerSecond * Math.Min(1, share));
    }

    private static double Product(Workers workers)
    {
        const int N = ProductSize;
        float[] a = new float[N * N], b = new float[N * N], c = new float[N * N];
        // Not zeros: their products are numbers of the usual kind.
        a.AsSpan().Fill(0.5f);
        b.AsSpan().Fill(0.25f);
        double seconds = Timing.Best(
            () => Gemm.Multiply(new MatrixView<float>(a, N, N), new MatrixView<float>(b, N, N).Transposed, c, N, Destination.Overwrite, workers),
            ProductSeconds);
        return 2.0 * N * N * N / seconds;
    }
}
