using System.Numerics.Tensors;
using DecoupleQ.Kernels;
using DecoupleQ.Quantization.LinearAlgebra;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// Solves a layer: min-max start and GPTQ, then integer step and float step in turn from a searched start, then once more on the scales as they are stored
/// (arXiv 2404.12759, section 3.3, with the published code's details).
/// </summary>
/// <remarks>
/// A step is taken row by row where it lowers the row's f, so that f never rises, but for the rounding of (s, z) to what is stored. Pure: the result depends on
/// the problem and the options only, not on the number of threads.
/// </remarks>
internal sealed class LayerSolver
{
    /// <summary>Outside these bounds of the largest weight the layer is scaled by a power of two while it is solved.</summary>
    private const int LargestExponent = 40;

    private readonly LayerProblem problem;
    private readonly PreparedHessian hessian;
    private readonly SolverOptions options;
    private readonly Workers workers;
    private readonly CancellationToken cancellationToken;
    private readonly ISolveObserver? observer;
    private readonly IIntegerStep firstRounding = new Gptq();
    private readonly IIntegerStep integerStep;
    private readonly FloatStep floatStep;
    private readonly float[] weights;
    private readonly float unit;
    private readonly Candidate best;
    private readonly Candidate trial;

    private LayerSolver(
        LayerProblem problem, PreparedHessian hessian, SolverOptions options, Workers workers, CancellationToken cancellationToken, ISolveObserver? observer)
    {
        this.problem = problem;
        this.hessian = hessian;
        this.options = options;
        this.workers = workers;
        this.cancellationToken = cancellationToken;
        this.observer = observer;
        integerStep = options.Rounding switch
        {
            IntegerSolver.Gptq => firstRounding,
            IntegerSolver.ProjectedGradient => new ProjectedGradient(options, cancellationToken),
            IntegerSolver.CoordinateDescent => new CoordinateDescent(options.CoordinateSweeps),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Rounding, null),
        };
        floatStep = new FloatStep(hessian, problem.Format, options.FloatStepMemory / workers.Count);
        (weights, unit) = InUnits(problem.Weights);
        best = new Candidate(problem.Outputs, problem.Inputs, problem.Format.Groups(problem.Inputs));
        trial = new Candidate(problem.Outputs, problem.Inputs, problem.Format.Groups(problem.Inputs));
    }

    /// <summary>Solves a layer whose Hessian no other layer shares.</summary>
    /// <inheritdoc cref="Solve(LayerProblem, PreparedHessian, SolverOptions, Workers, CancellationToken, ISolveObserver?)"/>
    public static LayerSolution Solve(LayerProblem problem, SolverOptions options, Workers workers, CancellationToken cancellationToken)
    {
        LayerProblemChecks.Check(problem);
        return Solve(problem, PreparedHessian.Create(problem.Hessian, options, workers, problem.Name), options, workers, cancellationToken);
    }

    /// <summary>Solves a layer.</summary>
    /// <param name="problem">Weights, format and name. Its Hessian is the one that <paramref name="hessian"/> was made of.</param>
    /// <param name="hessian">The damped H and its factors, made with the same <paramref name="options"/>.</param>
    /// <param name="options">How to solve.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="cancellationToken">Ends the work between two slabs of rows.</param>
    /// <param name="observer">Told the rows' objectives after each step.</param>
    /// <returns>(w, s, z), finite, with s and z exact in the storage type; the losses are those of what is stored.</returns>
    /// <exception cref="DecoupleQException">The layer cannot be solved: a weight or H is not finite, or the group size does not divide the inputs.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static LayerSolution Solve(
        LayerProblem problem,
        PreparedHessian hessian,
        SolverOptions options,
        Workers workers,
        CancellationToken cancellationToken,
        ISolveObserver? observer = null)
    {
        options.Validate();
        LayerProblemChecks.Check(problem);
        var solver = new LayerSolver(problem, hessian, options, workers, cancellationToken, observer);
        solver.Start();
        if (options.Rounds > 0)
        {
            solver.Alternate();
        }
        return solver.Finish();
    }

    /// <summary>Nearest rounding on the min-max scales, then GPTQ on them.</summary>
    private void Start()
    {
        Improve(SolveStep.NearestRounding, (rows, current, _) =>
        {
            MinMax.Start(rows, current.Scales, current.Offsets);
            RoundToNearest.Round(rows, current.Scales, current.Offsets, current.Integers);
            Objective.Evaluate(rows, current, hessian);
            return rows.Count;
        });
        Improve(SolveStep.FirstRounding, (rows, current, next) =>
        {
            current.CopyTo(next);
            return TakeTrialRounding(firstRounding, rows, current, next);
        });
    }

    private void Alternate()
    {
        for (int round = 0; round < options.Rounds; round++)
        {
            // In the first round the scales come from the search, afterwards from the best so far.
            bool enough = (round, options.Start) switch
            {
                (0, StartSearch.MinMaxShrink) => RoundOnShrunkRange(),
                (0, StartSearch.DiagonalSearch) => Improve(SolveStep.IntegerStep, TakeDiagonalSearch),
                _ => Improve(SolveStep.IntegerStep, TakeRounding),
            };
            if (!enough || !Improve(SolveStep.FloatStep, TakeFloatStep))
            {
                return;
            }
        }
    }

    /// <summary>The integer step on the float step's answer to the nearest integers of the best shrunk range.</summary>
    private bool RoundOnShrunkRange() => Improve(SolveStep.IntegerStep, (rows, current, next) =>
    {
        using Scratch<int> factors = Scratch<int>.Rent(rows.Count);
        ShrinkSearch.Find(rows, hessian, options.ShrinkSteps, next.Scales, next.Offsets, factors.Span);
        RoundToNearest.Round(rows, next.Scales, next.Offsets, next.Integers);
        floatStep.Solve(rows, next);
        return TakeTrialRounding(rows, current, next);
    });

    /// <summary>The integer step on the diagonal search's answer, made narrower and wider; returns the rows that any of them improved.</summary>
    private int TakeDiagonalSearch(LayerRows rows, CandidateRows current, CandidateRows next)
    {
        using Scratch<float> scales = Scratch<float>.Rent(next.Scales.Length);
        using Scratch<float> offsets = Scratch<float>.Rent(next.Offsets.Length);
        using Scratch<double> before = Scratch<double>.Rent(rows.Count);
        current.Losses.CopyTo(before.Span);
        DiagonalSearch.Find(rows, hessian, scales.Span, offsets.Span);
        foreach (float width in DiagonalSearch.Widths)
        {
            DiagonalSearch.Widen(rows.Format, width, scales.Span, offsets.Span, next.Scales, next.Offsets);
            RoundToNearest.Round(rows, next.Scales, next.Offsets, next.Integers);
            TakeTrialRounding(rows, current, next);
        }
        int improved = 0;
        for (int i = 0; i < rows.Count; i++)
        {
            improved += current.Losses[i] < before.Span[i] ? 1 : 0;
        }
        return improved;
    }

    private int TakeRounding(LayerRows rows, CandidateRows current, CandidateRows next)
    {
        current.CopyTo(next);
        return TakeTrialRounding(rows, current, next);
    }

    private int TakeTrialRounding(LayerRows rows, CandidateRows current, CandidateRows next) => TakeTrialRounding(integerStep, rows, current, next);

    private int TakeTrialRounding(IIntegerStep step, LayerRows rows, CandidateRows current, CandidateRows next)
    {
        step.Solve(rows, hessian, next.Scales, next.Offsets, next.Integers);
        Objective.Evaluate(rows, next, hessian);
        return current.TakeBetter(next);
    }

    private int TakeFloatStep(LayerRows rows, CandidateRows current, CandidateRows next)
    {
        current.CopyTo(next);
        floatStep.Solve(rows, next);
        Objective.Evaluate(rows, next, hessian);
        return current.TakeBetter(next);
    }

    /// <summary>Rounds (s, z) to the stored type, gives the integers a last chance to follow, and measures.</summary>
    private LayerSolution Finish()
    {
        ElementType type = RoundToStored();
        Improve(SolveStep.StoredPair, (rows, current, _) =>
        {
            Objective.Evaluate(rows, current, hessian);
            return rows.Count;
        });
        Improve(SolveStep.LastRounding, TakeRounding);

        (double error, double energy) = Undamped();
        double scale = hessian.Unit * unit * unit;
        return new LayerSolution(
            problem.Format,
            best.Integers,
            InOriginalUnits(best.Scales),
            InOriginalUnits(best.Offsets),
            type,
            TensorPrimitives.Sum<double>(best.Losses) / problem.Outputs * scale,
            energy > 0 ? error / energy : 0);
    }

    private ElementType RoundToStored()
    {
        float[] scales = InOriginalUnits(best.Scales), offsets = InOriginalUnits(best.Offsets);
        StoredPair.ClearIdleScales(problem.Format, problem.Inputs, best.Integers, scales, offsets);
        ElementType type = StoredPair.Type(problem.Format, scales, offsets, options.ScaleType);
        StoredPair.Round(problem.Format, type, scales, offsets);
        TensorPrimitives.Divide(scales, unit, best.Scales);
        TensorPrimitives.Divide(offsets, unit, best.Offsets);
        return type;
    }

    /// <summary>Sums over all rows of <c>(b_hat - b)^T H (b_hat - b)</c> and of <c>b^T H b</c> with the undamped H.</summary>
    private (double Error, double Energy) Undamped()
    {
        var errors = new double[problem.Outputs];
        var energies = new double[problem.Outputs];
        RowSlabs.For(problem.Outputs, workers, cancellationToken, (first, count) =>
        {
            LayerRows rows = Rows(first, count);
            CandidateRows current = best.Rows(first, count);
            using Scratch<float> residual = Scratch<float>.Rent(count * problem.Inputs);
            Objective.Residual(rows, current.Integers, current.Scales, current.Offsets, residual.Span);
            Objective.QuadraticForm(rows.Weights, count, hessian, energies.AsSpan(first, count));
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> r = residual.Span.Slice(i * problem.Inputs, problem.Inputs), b = rows.Row(i);
                errors[first + i] = current.Losses[i] - (hessian.DampingTerm * DoubleSums.Dot(r, r));
                energies[first + i] -= hessian.DampingTerm * DoubleSums.Dot(b, b);
            }
        });
        return (Math.Max(0, TensorPrimitives.Sum<double>(errors)), Math.Max(0, TensorPrimitives.Sum<double>(energies)));
    }

    /// <summary>Takes a step on every slab; false when it improved too few rows for another to be worth while.</summary>
    private bool Improve(SolveStep step, RowStep take)
    {
        int improved = 0;
        RowSlabs.For(problem.Outputs, workers, cancellationToken, (first, count) =>
        {
            int taken = take(Rows(first, count), best.Rows(first, count), trial.Rows(first, count));
            Interlocked.Add(ref improved, taken);
        });
        observer?.AfterStep(step, best.Losses);
        return improved >= options.MinimumImprovedShare * problem.Outputs;
    }

    private LayerRows Rows(int first, int count) =>
        new(weights.AsSpan(first * problem.Inputs, count * problem.Inputs), count, problem.Inputs, problem.Format);

    private float[] InOriginalUnits(float[] values)
    {
        var result = new float[values.Length];
        TensorPrimitives.Multiply(values, unit, result);
        return result;
    }

    private static (float[] Weights, float Unit) InUnits(float[] weights)
    {
        float largest = Math.Abs(TensorPrimitives.MaxMagnitude<float>(weights));
        int exponent = largest == 0 ? 0 : Math.Clamp(Math.ILogB(largest), -126, 126);
        if (Math.Abs(exponent) <= LargestExponent)
        {
            return (weights, 1);
        }
        float unit = MathF.ScaleB(1, exponent);
        var scaled = new float[weights.Length];
        TensorPrimitives.Divide(weights, unit, scaled);
        return (scaled, unit);
    }

    /// <summary>A step on some rows; returns how many it improved.</summary>
    private delegate int RowStep(LayerRows rows, CandidateRows current, CandidateRows next);
}
