using System.Runtime.InteropServices;
using CsCheck;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Solver;

/// <summary>What holds for every solver of the integer step, alone and inside the alternation.</summary>
public sealed class IntegerSolverTests(ITestOutputHelper output)
{
    private static readonly QuantizationFormat[] Formats =
        [new(2, -1), new(2, 32), new(4, 32), new(8, -1), new(3, 64), new(2, 32) { Symmetric = true }, new(4, -1) { Symmetric = true }];

    public static TheoryData<IntegerSolver> Solvers => [.. Enum.GetValues<IntegerSolver>()];

    public static TheoryData<IntegerSolver, StartSearch, int, int, bool> Layers
    {
        get
        {
            var data = new TheoryData<IntegerSolver, StartSearch, int, int, bool>();
            foreach (IntegerSolver solver in Enum.GetValues<IntegerSolver>())
            {
                foreach (StartSearch start in Enum.GetValues<StartSearch>())
                {
                    data.Add(solver, start, 2, -1, false);
                    data.Add(solver, start, 2, 32, false);
                    data.Add(solver, start, 2, 32, true);
                    data.Add(solver, start, 4, -1, true);
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void It_is_never_better_than_trying_every_integer_vector(IntegerSolver solver)
    {
        double sum = 0, optimalSum = 0, nearestSum = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            int n = 2 + (seed % 5);
            bool symmetric = seed % 3 == 0;
            var layer = new RoundingCase(Problems.Random(1, n, new QuantizationFormat(2, -1) { Symmetric = symmetric }, seed));
            double loss = layer.Losses(layer.Solve(solver))[0], optimum = layer.Optimum(0);
            Assert.True(loss >= optimum * (1 - 1e-5));
            sum += loss;
            optimalSum += optimum;
            nearestSum += layer.Losses(layer.Nearest())[0];
        }
        output.WriteLine($"{solver} {sum:g4}, optimal {optimalSum:g4}, nearest {nearestSum:g4}");
        Assert.True(sum - optimalSum < 0.6 * (nearestSum - optimalSum));
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void On_a_diagonal_matrix_it_is_optimal(IntegerSolver solver)
    {
        foreach (QuantizationFormat format in new QuantizationFormat[] { new(2, -1), new(2, 3), new(2, 2) { Symmetric = true } })
        {
            for (int seed = 0; seed < 20; seed++)
            {
                var layer = new RoundingCase(new LayerProblem("diagonal", 1, 6, Problems.Weights(1, 6, seed), Problems.Diagonal(6, seed), format));
                // Narrower than the weights, so that some are clamped.
                layer.Scales.AsSpan(0, layer.Groups).ToArray().Select(s => 0.6f * s).ToArray().CopyTo(layer.Scales, 0);
                Assert.Equal(1, layer.Losses(layer.Solve(solver))[0] / layer.Optimum(0), 1e-5);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Ill_conditioned_and_singular_hessians_do_no_harm(IntegerSolver solver)
    {
        // In single precision, lest the rounding of (s, z) to what is stored outweigh an f that a singular H makes tiny.
        var options = new SolverOptions
        {
            Rounding = solver, Start = StartSearch.DiagonalSearch, GradientSteps = 20, GradientStepsPerColumn = 2, ScaleType = ElementType.F32,
        };
        Gen.Select(
            Gen.Int[0, Formats.Length - 1], Gen.Int[1, 64], Gen.Double[0, 6], Gen.Bool, Gen.Int[0, 10_000]).Sample((format, tokens, spread, damped, seed) =>
        {
            LayerHessian hessian = Problems.Correlated(64, seed, tokens, spread);
            for (int i = 0; i < 64; i++)
            {
                // A dead input among them.
                hessian.Values[i] = hessian.Values[i * 64] = 0;
            }
            var problem = new LayerProblem("layer", 4, 64, Problems.Weights(4, 64, seed), hessian, Formats[format]);
            SolverOptions used = damped ? options : options with { Damping = 0, GptqDamping = 0 };
            LayerSolution solution = Problems.Solve(problem, used);
            LayerSolution gptq = Problems.Solve(problem, used with { Rounding = IntegerSolver.Gptq, Rounds = 0 });
            AssertStorable(solution);
            // Where f is nothing to speak of float32 cannot tell.
            Assert.True(
                solution.Loss <= (gptq.Loss * 1.001) + (1e-6 * Energy(problem)),
                $"f {solution.Loss} against GPTQ's {gptq.Loss}, of {Energy(problem)}");
        }, iter: 40, threads: 1);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void The_objective_never_rises_from_step_to_step(IntegerSolver solver, StartSearch start, int bits, int groupSize, bool symmetric)
    {
        LayerProblem problem = Problems.Random(40, 96, new QuantizationFormat(bits, groupSize) { Symmetric = symmetric }, 41);
        SolverOptions options = Options(solver, start);
        var trace = new Trace();
        LayerSolution solution = LayerSolver.Solve(problem, Problems.Prepare(problem, options), options, Problems.OneThread, CancellationToken.None, trace);
        for (int k = 1; k < trace.Steps.Count; k++)
        {
            (SolveStep step, double[] losses) = trace.Steps[k];
            output.WriteLine($"{step}: {losses.Average():g6}");
            for (int i = 0; i < losses.Length && step != SolveStep.StoredPair; i++)
            {
                Assert.True(losses[i] <= trace.Steps[k - 1].Losses[i], $"row {i} rose at {step}");
            }
        }
        Assert.Contains(trace.Steps, s => s.Step == SolveStep.FloatStep);
        AssertStorable(solution);
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void One_and_two_threads_give_the_same_bytes(IntegerSolver solver, StartSearch start, int bits, int groupSize, bool symmetric)
    {
        LayerProblem problem = Problems.Random(100, 96, new QuantizationFormat(bits, groupSize) { Symmetric = symmetric }, 42);
        using var two = new Workers(2);
        SolverOptions options = Options(solver, start);
        LayerSolution a = Problems.Solve(problem, options), b = LayerSolver.Solve(problem, options, two, CancellationToken.None);
        Assert.Equal(a.Integers, b.Integers);
        Assert.Equal(MemoryMarshal.AsBytes<float>(a.Scales), MemoryMarshal.AsBytes<float>(b.Scales));
        Assert.Equal(MemoryMarshal.AsBytes<float>(a.Offsets), MemoryMarshal.AsBytes<float>(b.Offsets));
        Assert.Equal(a.Loss, b.Loss);
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void A_row_alone_gets_the_integers_that_it_gets_among_others(IntegerSolver solver)
    {
        const int m = 37, n = 160;
        var options = new SolverOptions { GradientSteps = 30 };
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(2, 32), 43);
        var layer = new RoundingCase(problem, options);
        sbyte[] all = layer.Solve(solver);
        for (int i = 0; i < m; i += 12)
        {
            var one = new RoundingCase(problem with { Outputs = 1, Weights = layer.B(i).ToArray() }, options);
            Assert.Equal(one.Solve(solver), layer.W(all, i));
        }
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Integers_do_not_depend_on_the_size_of_weights_and_activations(IntegerSolver solver)
    {
        const int m = 20, n = 96;
        var options = new SolverOptions { GradientSteps = 30 };
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(3, 32), 44);
        float weight = MathF.ScaleB(1, 20);
        double activation = Math.ScaleB(1, -30);
        LayerProblem scaled = problem with
        {
            Weights = [.. problem.Weights.Select(b => b * weight)],
            Hessian = problem.Hessian with { Values = [.. problem.Hessian.Values.Select(h => h * activation)] },
        };
        Assert.Equal(new RoundingCase(problem, options).Solve(solver), new RoundingCase(scaled, options).Solve(solver));
    }

    private static SolverOptions Options(IntegerSolver solver, StartSearch start) => new() { Rounding = solver, Start = start, GradientSteps = 40 };

    private static double Energy(LayerProblem problem)
    {
        double[,] h = Oracle.Damped(problem.Hessian, 0);
        return Enumerable.Range(0, problem.Outputs).Average(i =>
            Oracle.Quadratic(h, [.. problem.Weights.AsSpan(i * problem.Inputs, problem.Inputs).ToArray().Select(b => (double)b)]));
    }

    private static void AssertStorable(LayerSolution solution)
    {
        Assert.All(solution.Integers, w => Assert.InRange(w, solution.Format.Alpha, solution.Format.Beta));
        Assert.True(double.IsFinite(solution.Loss) && solution.Loss >= 0);
        for (int g = 0; g < solution.Scales.Length; g++)
        {
            float s = solution.Scales[g], bias = solution.Offsets[g] + (solution.Format.Alpha * s);
            Assert.True(float.IsFinite(s) && float.IsFinite(bias));
            Assert.True(solution.Format.Symmetric ? solution.Offsets[g] == 0 : s >= 0);
            Assert.True(solution.ScaleType == ElementType.F32 || ((float)(Half)s == s && (float)(Half)bias == bias));
        }
    }
}
