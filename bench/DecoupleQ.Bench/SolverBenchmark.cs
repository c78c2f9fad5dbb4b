using System.Globalization;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Bench;

/// <summary>Seconds a layer of the solver and of its steps, beside one m x n x n float32 product, for m = n and a synthetic correlated H.</summary>
/// <remarks>Arguments: sizes (256, 1024 and 4096 if none), <c>--bits B</c> (2), <c>--group-size G</c> (64 and per channel if not given).</remarks>
internal static class SolverBenchmark
{
    /// <summary>Its cost for a layer of m = n grows with the fourth power of n.</summary>
    private const int LargestForProjectedGradient = 1024;

    public static void Run(Report report)
    {
        int[] sizes = [256, 1024, 4096], groupSizes = [QuantizationFormat.PerChannel, 64];
        int bits = 2;
        var asked = new List<int>();
        for (int i = 0; i < report.Arguments.Count; i++)
        {
            switch (report.Arguments[i])
            {
                case "--bits":
                    bits = Number(report.Arguments[++i]);
                    break;
                case "--group-size":
                    groupSizes = [Number(report.Arguments[++i])];
                    break;
                default:
                    asked.Add(Number(report.Arguments[i]));
                    break;
            }
        }
        using var workers = new Workers(report.Threads);
        foreach (int n in asked.Count > 0 ? asked : [.. sizes])
        {
            LayerProblem problem = Problem(n, workers);
            foreach (int groupSize in groupSizes)
            {
                Measure(report, problem with { Format = new QuantizationFormat(bits, groupSize) }, workers);
            }
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static void Measure(Report report, LayerProblem problem, Workers workers)
    {
        int n = problem.Inputs;
        var options = new SolverOptions();
        PreparedHessian hessian = PreparedHessian.Create(problem.Hessian, options, workers);
        var product = new float[n * n];
        double unit = Timing.Best(() => Gemm.Multiply(
            new MatrixView<float>(problem.Weights, n, n), new MatrixView<float>(hessian.Damped, n, n), product, n, Destination.Overwrite, workers));
        Add("one product", unit);

        Add("prepare H", Timing.Best(() => PreparedHessian.Create(problem.Hessian, options, workers)));
        var candidate = new Candidate(n, n, problem.Format.Groups(n));
        var step = new FloatStep(hessian, problem.Format, options.FloatStepMemory / workers.Count);
        AddStep("search of the start", (rows, current) =>
            ShrinkSearch.Find(rows, hessian, options.ShrinkSteps, current.Scales, current.Offsets, new int[rows.Count]));
        AddStep("diagonal search of the start", (rows, current) => DiagonalSearch.Find(rows, hessian, current.Scales, current.Offsets));
        AddStep("neuqi", (rows, current) => Neuqi.Find(rows, hessian, current.Scales, current.Offsets));
        AddStep("GPTQ rounding", (rows, current) => Gptq.Round(rows, hessian, current.Scales, current.Offsets, current.Integers));
        AddStep("sweep of coordinate descent", (rows, current) =>
        {
            RoundToNearest.Round(rows, current.Scales, current.Offsets, current.Integers);
            CoordinateDescent.Descend(rows, hessian, current.Scales, current.Offsets, current.Integers, sweeps: 1);
        });
        AddStep("objective", (rows, current) => Objective.Evaluate(rows, current, hessian));
        AddStep("float step", step.Solve);
        Add("layer, GPTQ (paper)", Timing.Best(() => Solve(options)));
        Add("layer, coordinate descent", Timing.Best(() => Solve(options with { Rounding = IntegerSolver.CoordinateDescent })));
        Add("layer, the same and diagonal search", Timing.Best(() =>
            Solve(options with { Rounding = IntegerSolver.CoordinateDescent, Start = StartSearch.DiagonalSearch })));
        if (n <= LargestForProjectedGradient)
        {
            Add("layer, projected gradient", Timing.Once(() => Solve(options with { Rounding = IntegerSolver.ProjectedGradient })));
        }

        void Solve(SolverOptions used) => LayerSolver.Solve(problem, hessian, used, workers, CancellationToken.None);

        void AddStep(string name, RowAction action) => Add(name, Timing.Best(() => RowSlabs.For(n, workers, CancellationToken.None, (first, count) =>
            action(new LayerRows(problem.Weights.AsSpan(first * n, count * n), count, n, problem.Format), candidate.Rows(first, count)))));

        void Add(string name, double seconds) => report.Add(
            ("solver", name),
            ("m = n", n),
            ("bits", problem.Format.Bits),
            ("group size", problem.Format.GroupSize),
            ("threads", workers.Count),
            ("ms", seconds * 1e3),
            ("products", seconds / unit));
    }

    /// <summary>Inputs with n / 8 common factors and of unequal size, as in a transformer; a few tokens more than inputs.</summary>
    private static LayerProblem Problem(int n, Workers workers)
    {
        var random = new Random(1);
        int tokens = n + 64, factors = n / 8;
        float[] common = Normal(random, tokens * factors, 1), loadings = Normal(random, factors * n, 1 / MathF.Sqrt(factors));
        float[] x = Normal(random, tokens * n, 0.3f), sizes = Normal(random, n, 0.5f);
        Gemm.Multiply(new MatrixView<float>(common, tokens, factors), new MatrixView<float>(loadings, factors, n), x, n, Destination.Add, workers);
        for (int i = 0; i < x.Length; i++)
        {
            x[i] *= MathF.Exp(sizes[i % n]);
        }
        var upper = new float[n * n];
        Gemm.SymmetricProduct(x, tokens, n, upper, Destination.Overwrite, workers);
        var h = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                h[(i * n) + j] = h[(j * n) + i] = (double)upper[(i * n) + j] / tokens;
            }
        }
        return new LayerProblem("benchmark", n, n, Normal(random, n * n, 0.05f), new LayerHessian(n, h, tokens), default);
    }

    private static float[] Normal(Random random, int count, float size)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = size * MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
        }
        return values;
    }

    private delegate void RowAction(LayerRows rows, CandidateRows candidate);
}
