using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Bench;

/// <summary>Dense matrix products: gigaflops a second and the share of the multiply-add peak measured in the same run.</summary>
internal static class GemmBenchmark
{
    public static void Run(Report report)
    {
        foreach (int threads in report.Threads > 1 ? new[] { 1, report.Threads } : [1])
        {
            using var workers = new Workers(threads);
            double peak = PeakArithmetic.SinglesPerSecond(workers);
            report.Add(("peak of multiply-add, float32", ""), ("threads", threads), ("GFLOP/s", peak / 1e9));
            Measure<float>(report, "float32", 2048, 2048, 2048, workers, peak);
            Measure<float>(report, "float32, A transposed", 2048, 2048, 2048, workers, peak, transposeA: true);
            Measure<float>(report, "float32, B transposed", 2048, 2048, 2048, workers, peak, transposeB: true);
            Measure<double>(report, "float64", 1024, 1024, 1024, workers, peak / 2);
            (int M, int N, int K)[] shapes =
            [
                (256, 256, 768), (256, 768, 256), (64, 768, 768), (768, 64, 768), (256, 2048, 2048), (64, 64, 4096), (4096, 128, 128), (8, 2048, 2048),
            ];
            foreach ((int m, int n, int k) in shapes)
            {
                Measure<float>(report, "float32, B transposed", m, n, k, workers, peak, transposeB: true);
            }
            MeasureSymmetric(report, 2048, 768, workers, peak);
        }
    }

    private static void Measure<T>(
        Report report,
        string name,
        int m,
        int n,
        int k,
        Workers workers,
        double peak,
        bool transposeA = false,
        bool transposeB = false)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        T[] a = Random<T>(m * k), b = Random<T>(k * n), c = new T[m * n];
        double seconds = Timing.Best(() =>
        {
            MatrixView<T> left = transposeA ? new MatrixView<T>(a, k, m).Transposed : new MatrixView<T>(a, m, k);
            MatrixView<T> right = transposeB ? new MatrixView<T>(b, n, k).Transposed : new MatrixView<T>(b, k, n);
            Gemm.Multiply(left, right, c, n, Destination.Overwrite, workers);
        });
        AddRow(report, name, m, n, k, workers, 2.0 * m * n * k, seconds, peak);
    }

    private static void MeasureSymmetric(Report report, int rows, int n, Workers workers, double peak)
    {
        float[] x = Random<float>(rows * n), c = new float[n * n];
        double seconds = Timing.Best(() => Gemm.SymmetricProduct(x, rows, n, c, Destination.Add, workers));
        AddRow(report, "float32, X^T X upper triangle", n, n, rows, workers, (double)n * (n + 1) * rows, seconds, peak);
    }

    private static void AddRow(Report report, string name, int m, int n, int k, Workers workers, double operations, double seconds, double peak) =>
        report.Add(
            ("product", name),
            ("threads", workers.Count),
            ("m", m),
            ("n", n),
            ("k", k),
            ("ms", seconds * 1e3),
            ("GFLOP/s", operations / seconds / 1e9),
            ("% of peak", 100 * operations / seconds / peak));

    private static T[] Random<T>(int length)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        var random = new Random(1);
        var values = new T[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = T.CreateChecked(random.NextDouble() - 0.5);
        }
        return values;
    }
}
