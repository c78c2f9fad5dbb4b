using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

/// <summary>A layer on its min-max scales, where the solvers of the integer step are compared.</summary>
internal sealed class RoundingCase
{
    public RoundingCase(LayerProblem problem, SolverOptions? options = null)
    {
        Problem = problem;
        Options = options ?? new SolverOptions();
        Hessian = Problems.Prepare(problem, Options);
        Groups = problem.Format.Groups(problem.Inputs);
        Scales = new float[problem.Outputs * Groups];
        Offsets = new float[problem.Outputs * Groups];
        MinMax.Start(Rows, Scales, Offsets);
        Damped = Oracle.Damped(problem.Hessian, Options.Damping);
    }

    public LayerProblem Problem { get; }

    public SolverOptions Options { get; }

    public PreparedHessian Hessian { get; }

    public int Groups { get; }

    public float[] Scales { get; }

    public float[] Offsets { get; }

    /// <summary>The damped H in float64.</summary>
    public double[,] Damped { get; }

    public LayerRows Rows => Problems.Rows(Problem);

    public sbyte[] Nearest()
    {
        var w = new sbyte[Problem.Weights.Length];
        RoundToNearest.Round(Rows, Scales, Offsets, w);
        return w;
    }

    /// <summary>The solver's integers, started from the nearest.</summary>
    public sbyte[] Solve(IntegerSolver solver)
    {
        IIntegerStep step = solver switch
        {
            IntegerSolver.Gptq => new Gptq(),
            IntegerSolver.ProjectedGradient => new ProjectedGradient(Options, CancellationToken.None),
            _ => new CoordinateDescent(Options.CoordinateSweeps),
        };
        sbyte[] w = Nearest();
        step.Solve(Rows, Hessian, Scales, Offsets, w);
        Assert.All(w, code => Assert.InRange(code, Problem.Format.Alpha, Problem.Format.Beta));
        return w;
    }

    /// <summary>f of each row, by the oracle.</summary>
    public double[] Losses(sbyte[] w) => [.. Enumerable.Range(0, Problem.Outputs).Select(i => Oracle.Loss(Damped, B(i), W(w, i), S(i), Z(i)))];

    /// <summary>The lowest f of a row over all integer vectors.</summary>
    public double Optimum(int row) => Oracle.IntegerMinimum(Damped, B(row).ToArray(), S(row).ToArray(), Z(row).ToArray(), Problem.Format);

    public ReadOnlySpan<float> B(int row) => Problem.Weights.AsSpan(row * Problem.Inputs, Problem.Inputs);

    public ReadOnlySpan<sbyte> W(sbyte[] w, int row) => w.AsSpan(row * Problem.Inputs, Problem.Inputs);

    public ReadOnlySpan<float> S(int row) => Scales.AsSpan(row * Groups, Groups);

    public ReadOnlySpan<float> Z(int row) => Offsets.AsSpan(row * Groups, Groups);
}
