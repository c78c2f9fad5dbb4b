using System.Numerics.Tensors;
using DecoupleQ.Kernels.Threads;
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

    private readonly LayerProblem _problem;
    private readonly PreparedHessian _hessian;
    private readonly SolverOptions _options;
    private readonly Workers _workers;
    private readonly CancellationToken _cancellationToken;
    private readonly ISolveObserver? _observer;
    private readonly IIntegerStep _firstRounding = new Gptq();
    private readonly IIntegerStep _integerStep;
    private readonly FloatStep _floatStep;
    private readonly float[] _weights;
    private readonly float _unit;
    private readonly Candidate _best;
    private readonly Candidate _trial;

    private LayerSolver(
        LayerProblem problem, PreparedHessian hessian, SolverOptions options, Workers workers, CancellationToken cancellationToken, ISolveObserver? observer)
    {
        _problem = problem;
        _hessian = hessian;
        _options = options;
        _workers = workers;
        _cancellationToken = cancellationToken;
        _observer = observer;
        _integerStep = options.Rounding switch
        {
            IntegerSolver.Gptq => _firstRounding,
            IntegerSolver.ProjectedGradient => new ProjectedGradient(options, cancellationToken),
            IntegerSolver.CoordinateDescent => new CoordinateDescent(options.CoordinateSweeps, options.CoordinateOrder),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Rounding, null),
        };
        _floatStep = new FloatStep(hessian, problem.Format, options.FloatStepMemory / workers.Count);
        (_weights, _unit) = InUnits(problem.Weights);
        _best = new Candidate(problem.Outputs, problem.Inputs, problem.Format.Groups(problem.Inputs));
        _trial = new Candidate(problem.Outputs, problem.Inputs, problem.Format.Groups(problem.Inputs));
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
            Objective.Evaluate(rows, current, _hessian);
            return rows.Count;
        });
        Improve(SolveStep.FirstRounding, (rows, current, next) =>
        {
            current.CopyTo(next);
            return TakeTrialRounding(_firstRounding, rows, current, next);
        });
    }

    private void Alternate()
    {
        for (int round = 0; round < _options.Rounds; round++)
        {
            // In the first round the scales come from the search, afterwards from the best so far.
            bool enough = (round, _options.Start) switch
            {
                (0, StartSearch.MinMaxShrink) => RoundOnShrunkRange(),
                (0, StartSearch.DiagonalSearch) => RoundOnSearched(DiagonalSearch.Find),
                (0, StartSearch.Neuqi) => RoundOnSearched(Neuqi.Find),
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
        ShrinkSearch.Find(rows, _hessian, _options.ShrinkSteps, next.Scales, next.Offsets, factors.Span);
        RoundToNearest.Round(rows, next.Scales, next.Offsets, next.Integers);
        _floatStep.Solve(rows, next);
        return TakeTrialRounding(rows, current, next);
    });

    /// <summary>The integer step on a search's answer, made narrower and wider.</summary>
    private bool RoundOnSearched(Search find) => Improve(SolveStep.IntegerStep, (rows, current, next) =>
    {
        using Scratch<float> scales = Scratch<float>.Rent(next.Scales.Length);
        using Scratch<float> offsets = Scratch<float>.Rent(next.Offsets.Length);
        using Scratch<double> before = Scratch<double>.Rent(rows.Count);
        current.Losses.CopyTo(before.Span);
        find(rows, _hessian, scales.Span, offsets.Span);
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
    });

    private int TakeRounding(LayerRows rows, CandidateRows current, CandidateRows next)
    {
        current.CopyTo(next);
        return TakeTrialRounding(rows, current, next);
    }

    private int TakeTrialRounding(LayerRows rows, CandidateRows current, CandidateRows next) => TakeTrialRounding(_integerStep, rows, current, next);

    private int TakeTrialRounding(IIntegerStep step, LayerRows rows, CandidateRows current, CandidateRows next)
    {
        step.Solve(rows, _hessian, next.Scales, next.Offsets, next.Integers);
        Objective.Evaluate(rows, next, _hessian);
        return current.TakeBetter(next);
    }

    private int TakeFloatStep(LayerRows rows, CandidateRows current, CandidateRows next)
    {
        current.CopyTo(next);
        _floatStep.Solve(rows, next);
        Objective.Evaluate(rows, next, _hessian);
        return current.TakeBetter(next);
    }

    /// <summary>Rounds (s, z) to the stored type, gives the integers a last chance to follow, and measures.</summary>
    private LayerSolution Finish()
    {
        ElementType type = RoundToStored();
        Improve(SolveStep.StoredPair, (rows, current, _) =>
        {
            Objective.Evaluate(rows, current, _hessian);
            return rows.Count;
        });
        Improve(SolveStep.LastRounding, TakeRounding);

        (double error, double energy) = Undamped();
        double scale = _hessian.Unit * _unit * _unit;
        return new LayerSolution(
            _problem.Format,
            _best.Integers,
            InOriginalUnits(_best.Scales),
            InOriginalUnits(_best.Offsets),
            type,
            TensorPrimitives.Sum<double>(_best.Losses) / _problem.Outputs * scale,
            energy > 0 ? error / energy : 0);
    }

    private ElementType RoundToStored()
    {
        float[] scales = InOriginalUnits(_best.Scales), offsets = InOriginalUnits(_best.Offsets);
        StoredPair.ClearIdleScales(_problem.Format, _problem.Inputs, _best.Integers, scales, offsets);
        ElementType type = StoredPair.Type(_problem.Format, scales, offsets, _options.ScaleType);
        StoredPair.Round(_problem.Format, type, scales, offsets);
        TensorPrimitives.Divide(scales, _unit, _best.Scales);
        TensorPrimitives.Divide(offsets, _unit, _best.Offsets);
        return type;
    }

    /// <summary>Sums over all rows of <c>(b_hat - b)^T H (b_hat - b)</c> and of <c>b^T H b</c> with the undamped H.</summary>
    private (double Error, double Energy) Undamped()
    {
        var errors = new double[_problem.Outputs];
        var energies = new double[_problem.Outputs];
        RowSlabs.For(_problem.Outputs, _workers, _cancellationToken, (first, count) =>
        {
            LayerRows rows = Rows(first, count);
            CandidateRows current = _best.Rows(first, count);
            using Scratch<float> residual = Scratch<float>.Rent(count * _problem.Inputs);
            Objective.Residual(rows, current.Integers, current.Scales, current.Offsets, residual.Span);
            Objective.QuadraticForm(rows.Weights, count, _hessian, energies.AsSpan(first, count));
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> r = residual.Span.Slice(i * _problem.Inputs, _problem.Inputs), b = rows.Row(i);
                errors[first + i] = current.Losses[i] - (_hessian.DampingTerm * DoubleSums.Dot(r, r));
                energies[first + i] -= _hessian.DampingTerm * DoubleSums.Dot(b, b);
            }
        });
        return (Math.Max(0, TensorPrimitives.Sum<double>(errors)), Math.Max(0, TensorPrimitives.Sum<double>(energies)));
    }

    /// <summary>Takes a step on every slab; false when it improved too few rows for another to be worth while.</summary>
    private bool Improve(SolveStep step, RowStep take)
    {
        int improved = 0;
        RowSlabs.For(_problem.Outputs, _workers, _cancellationToken, (first, count) =>
        {
            int taken = take(Rows(first, count), _best.Rows(first, count), _trial.Rows(first, count));
            Interlocked.Add(ref improved, taken);
        });
        _observer?.AfterStep(step, _best.Losses);
        return improved >= _options.MinimumImprovedShare * _problem.Outputs;
    }

    private LayerRows Rows(int first, int count) =>
        new(_weights.AsSpan(first * _problem.Inputs, count * _problem.Inputs), count, _problem.Inputs, _problem.Format);

    private float[] InOriginalUnits(float[] values)
    {
        var result = new float[values.Length];
        TensorPrimitives.Multiply(values, _unit, result);
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

    /// <summary>A search of (s, z) that needs no product with H.</summary>
    private delegate void Search(LayerRows rows, PreparedHessian hessian, Span<float> scales, Span<float> offsets);

    /// <summary>A step on some rows; returns how many it improved.</summary>
    private delegate int RowStep(LayerRows rows, CandidateRows current, CandidateRows next);
}
