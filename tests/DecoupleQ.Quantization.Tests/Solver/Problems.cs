using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

/// <summary>Random layers, the same for the same seed.</summary>
internal static class Problems
{
    public static readonly Workers OneThread = new(1);

    /// <summary>H of correlated inputs of unequal size: a few strong directions, noise, and a spread of scales, as in a transformer.</summary>
    public static LayerHessian Correlated(int n, int seed, int tokens = 0, double spread = 0.5)
    {
        var random = new Random(seed);
        tokens = tokens == 0 ? 4 * n : tokens;
        int factors = Math.Max(1, n / 8);
        double[] loadings = Normal(random, factors * n);
        var sizes = new double[n];
        for (int j = 0; j < n; j++)
        {
            sizes[j] = Math.Exp(spread * Normal(random));
        }
        var h = new double[n * n];
        var x = new double[n];
        for (int t = 0; t < tokens; t++)
        {
            double[] common = Normal(random, factors);
            for (int j = 0; j < n; j++)
            {
                double value = 0.3 * Normal(random);
                for (int f = 0; f < factors; f++)
                {
                    value += common[f] * loadings[(f * n) + j] / Math.Sqrt(factors);
                }
                x[j] = value * sizes[j];
            }
            AddOuter(h, x, 1.0 / tokens);
        }
        return new LayerHessian(n, h, tokens);
    }

    public static LayerHessian Diagonal(int n, int seed)
    {
        var random = new Random(seed);
        var h = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            h[(i * n) + i] = Math.Exp(Normal(random));
        }
        return new LayerHessian(n, h, n);
    }

    public static void AddOuter(double[] h, double[] x, double weight)
    {
        int n = x.Length;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                h[(i * n) + j] += x[i] * x[j] * weight;
            }
        }
    }

    public static float[] Weights(int m, int n, int seed, double size = 0.05)
    {
        var random = new Random(seed);
        var weights = new float[m * n];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (float)(size * Normal(random));
        }
        return weights;
    }

    public static LayerProblem Random(int m, int n, QuantizationFormat format, int seed) =>
        new($"layer-{seed}", m, n, Weights(m, n, seed), Correlated(n, seed + 1000), format);

    public static LayerRows Rows(LayerProblem problem) => new(problem.Weights, problem.Outputs, problem.Inputs, problem.Format);

    public static PreparedHessian Prepare(LayerProblem problem, SolverOptions? options = null) =>
        PreparedHessian.Create(problem.Hessian, options ?? new SolverOptions(), OneThread, problem.Name);

    public static LayerSolution Solve(LayerProblem problem, SolverOptions? options = null) =>
        LayerSolver.Solve(problem, options ?? new SolverOptions(), OneThread, CancellationToken.None);

    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double[] Normal(Random random, int count)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = Normal(random);
        }
        return values;
    }
}
