using CsCheck;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Solver;

/// <summary>Layers that no one wants to see: handled with finite results, or refused by name.</summary>
public sealed class DegenerateLayerTests
{
    private static readonly QuantizationFormat[] Formats = [new(2, -1), new(2, 32), new(4, 32), new(8, -1), new(3, 64)];

    [Fact]
    public void Ill_conditioned_and_singular_hessians_give_finite_results()
    {
        // From one token (rank 1) to as many as inputs, sizes of the inputs over many powers of ten.
        Gen.Select(Gen.Int[0, 4], Gen.Int[1, 64], Gen.Double[0, 6], Gen.Int[0, 10_000]).Sample((format, tokens, spread, seed) =>
            AssertSound(new LayerProblem("layer", 4, 64, Problems.Weights(4, 64, seed), Problems.Correlated(64, seed, tokens, spread), Formats[format])),
            iter: 60,
            threads: 1);
    }

    [Fact]
    public void Without_any_damping_a_singular_hessian_is_still_solved()
    {
        foreach (QuantizationFormat format in Formats)
        {
            LayerProblem problem = new("layer", 4, 64, Problems.Weights(4, 64, 1), Problems.Correlated(64, 1, tokens: 5), format);
            AssertSound(problem, new SolverOptions { Damping = 0, GptqDamping = 0 });
        }
    }

    [Fact]
    public void Dead_inputs_do_no_harm()
    {
        foreach (QuantizationFormat format in Formats)
        {
            LayerHessian hessian = Problems.Correlated(64, 2);
            for (int i = 0; i < 64 * 64; i++)
            {
                // Every fifth input, and a whole group of 32.
                hessian.Values[i] *= IsDead(i / 64) || IsDead(i % 64) ? 0 : 1;
            }
            AssertSound(new LayerProblem("layer", 5, 64, Problems.Weights(5, 64, 2), hessian, format));
            AssertSound(new LayerProblem("layer", 5, 64, Problems.Weights(5, 64, 2), hessian, format), new SolverOptions { Damping = 0, GptqDamping = 0 });
        }

        static bool IsDead(int input) => input >= 32 || input % 5 == 0;
    }

    [Fact]
    public void Without_any_input_the_weights_themselves_are_approximated()
    {
        foreach (QuantizationFormat format in Formats)
        {
            var problem = new LayerProblem("layer", 3, 64, Problems.Weights(3, 64, 3), new LayerHessian(64, new double[64 * 64], 10), format);
            LayerSolution solution = AssertSound(problem);
            Assert.InRange(solution.RelativeLoss, 0, 0.3);
        }
    }

    [Fact]
    public void Rows_of_zeros_and_groups_of_one_value_are_met_exactly_or_nearly()
    {
        foreach (QuantizationFormat format in Formats)
        {
            float[] weights = Problems.Weights(4, 64, 4);
            weights.AsSpan(0, 64).Clear();
            weights.AsSpan(64, 64).Fill(0.375f);
            weights.AsSpan(128, 32).Fill(-0.0123f);
            weights.AsSpan(192, 64).Fill(1e-7f);
            LayerSolution solution = AssertSound(new LayerProblem("layer", 4, 64, weights, Problems.Correlated(64, 4), format));
            int groupSize = format.ColumnsPerGroup(64);
            for (int j = 0; j < 128; j++)
            {
                float value = (solution.Scales[j / groupSize] * solution.Integers[j]) + solution.Offsets[j / groupSize];
                Assert.Equal(j < 64 ? 0 : 0.375f, value, 1e-3f);
            }
        }
    }

    [Theory]
    [InlineData(1e30f)]
    [InlineData(1e12f)]
    [InlineData(1e5f)]
    [InlineData(1e-5f)]
    [InlineData(1e-12f)]
    [InlineData(1e-30f)]
    public void Huge_and_small_weights_are_solved_like_others_and_stored_in_single_precision(float size)
    {
        foreach (QuantizationFormat format in Formats)
        {
            LayerProblem problem = new("layer", 6, 64, Problems.Weights(6, 64, 5, size), Problems.Correlated(64, 5), format);
            LayerSolution solution = AssertSound(problem);
            Assert.Equal(ElementType.F32, solution.ScaleType);
            LayerSolution usual = Problems.Solve(problem with { Weights = Problems.Weights(6, 64, 5, 1) });
            Assert.Equal(1, solution.RelativeLoss / usual.RelativeLoss, 0.05);
        }
    }

    [Theory]
    [InlineData(1e60)]
    [InlineData(1e-60)]
    public void Activations_of_any_size_are_solved_like_others(double size)
    {
        LayerHessian hessian = Problems.Correlated(64, 6);
        LayerProblem problem = new("layer", 6, 64, Problems.Weights(6, 64, 6), hessian, new QuantizationFormat(2, 32));
        LayerSolution usual = Problems.Solve(problem);
        LayerSolution scaled = AssertSound(problem with { Hessian = hessian with { Values = [.. hessian.Values.Select(h => h * size)] } });
        Assert.Equal(1, scaled.RelativeLoss / usual.RelativeLoss, 1e-2);
        Assert.Equal(1, scaled.Loss / (usual.Loss * size), 1e-2);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    [InlineData(1e37f, "1E+37")]
    public void A_weight_that_is_not_finite_is_refused_with_its_place(float value, string shown)
    {
        float[] weights = Problems.Weights(3, 64, 7);
        weights[64 + 5] = value;
        var problem = new LayerProblem("model.layers.0.mlp.up_proj", 3, 64, weights, Problems.Correlated(64, 7), new QuantizationFormat(2, 32));
        var error = Assert.Throws<DecoupleQException>(() => Problems.Solve(problem));
        Assert.StartsWith($"model.layers.0.mlp.up_proj: the weight in row 1, column 5 is {shown}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_hessian_that_is_not_finite_is_refused_by_name(double value)
    {
        LayerHessian hessian = Problems.Correlated(64, 8);
        foreach (int where in new[] { 0, 7, (64 * 64) - 1 })
        {
            double[] values = [.. hessian.Values];
            values[where] = value;
            var problem = new LayerProblem("layers.0.q", 3, 64, Problems.Weights(3, 64, 8), hessian with { Values = values }, new QuantizationFormat(2, 32));
            var error = Assert.Throws<DecoupleQException>(() => Problems.Solve(problem));
            Assert.StartsWith("layers.0.q: the Hessian of its inputs is not finite", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_matrix_that_is_no_hessian_is_refused_by_name()
    {
        LayerHessian hessian = Problems.Correlated(64, 9);
        hessian.Values[0] *= -100;
        var negative = new LayerProblem("layers.0.q", 3, 64, Problems.Weights(3, 64, 9), hessian, new QuantizationFormat(2, 32));
        Assert.Contains(
            "layers.0.q: the Hessian of its inputs is not positive semi-definite",
            Assert.Throws<DecoupleQException>(() => Problems.Solve(negative)).Message,
            StringComparison.Ordinal);

        double[] indefinite = new double[64 * 64];
        Array.Fill(indefinite, -1.0);
        for (int i = 0; i < 64; i++)
        {
            indefinite[i * 65] = 1;
        }
        LayerProblem other = negative with { Hessian = new LayerHessian(64, indefinite, 64) };
        Assert.Contains("not positive semi-definite", Assert.Throws<DecoupleQException>(() => Problems.Solve(other)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(576, 128, "expected: 32, 64, -1 (the whole row)")]
    [InlineData(100, 64, "expected: -1 (the whole row)")]
    [InlineData(128, 0, "expected: 32, 64, 128, -1 (the whole row)")]
    public void A_group_size_that_does_not_divide_the_inputs_is_refused_with_those_that_do(int n, int groupSize, string expected)
    {
        var problem = new LayerProblem("layers.0.q", 1, n, new float[n], new LayerHessian(n, new double[n * n], 1), new QuantizationFormat(2, groupSize));
        var error = Assert.Throws<DecoupleQException>(() => Problems.Solve(problem));
        Assert.StartsWith($"layers.0.q: group size {groupSize} does not divide its {n} inputs", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bits_that_do_not_exist_are_refused()
    {
        var error = Assert.Throws<DecoupleQException>(() => Problems.Solve(Problems.Random(1, 32, new QuantizationFormat(5, -1), 1)));
        Assert.Contains("5 bits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_outside_their_range_are_refused_by_name()
    {
        var usual = new SolverOptions();
        usual.Validate();
        (SolverOptions Options, string Name)[] bad =
        [
            (usual with { Damping = -1 }, nameof(SolverOptions.Damping)),
            (usual with { GptqDamping = double.NaN }, nameof(SolverOptions.GptqDamping)),
            (usual with { Start = (StartSearch)7 }, nameof(SolverOptions.Start)),
            (usual with { Rounding = (IntegerSolver)(-1) }, nameof(SolverOptions.Rounding)),
            (usual with { CoordinateSweeps = 0 }, nameof(SolverOptions.CoordinateSweeps)),
            (usual with { GradientSteps = -1 }, nameof(SolverOptions.GradientSteps)),
            (usual with { GradientStepsPerColumn = 1001 }, nameof(SolverOptions.GradientStepsPerColumn)),
            (usual with { GradientStepLength = 0 }, nameof(SolverOptions.GradientStepLength)),
            (usual with { GradientStepLength = double.NaN }, nameof(SolverOptions.GradientStepLength)),
            (usual with { ShrinkSteps = 0 }, nameof(SolverOptions.ShrinkSteps)),
            (usual with { ShrinkSteps = 200 }, nameof(SolverOptions.ShrinkSteps)),
            (usual with { Rounds = -1 }, nameof(SolverOptions.Rounds)),
            (usual with { MinimumImprovedShare = 2 }, nameof(SolverOptions.MinimumImprovedShare)),
            (usual with { ScaleType = ElementType.BF16 }, nameof(SolverOptions.ScaleType)),
            (usual with { FloatStepMemory = 0 }, nameof(SolverOptions.FloatStepMemory)),
        ];
        Assert.All(bad, b => Assert.Equal(b.Name, Assert.Throws<DecoupleQException>(b.Options.Validate).Field));
    }

    [Fact]
    public void A_cancelled_solve_ends()
    {
        LayerProblem problem = Problems.Random(4, 64, new QuantizationFormat(2, -1), 1);
        Assert.Throws<OperationCanceledException>(() =>
            LayerSolver.Solve(problem, new SolverOptions(), Problems.OneThread, new CancellationToken(canceled: true)));
    }

    private static LayerSolution AssertSound(LayerProblem problem, SolverOptions? options = null)
    {
        LayerSolution solution = Problems.Solve(problem, options);
        Assert.All(solution.Integers, w => Assert.InRange(w, problem.Format.Alpha, problem.Format.Beta));
        Assert.True(double.IsFinite(solution.Loss) && solution.Loss >= 0);
        Assert.True(double.IsFinite(solution.RelativeLoss) && solution.RelativeLoss is >= 0 and < 1.5);
        for (int g = 0; g < solution.Scales.Length; g++)
        {
            float s = solution.Scales[g], bias = solution.Offsets[g] + (problem.Format.Alpha * s);
            Assert.True(float.IsFinite(s) && float.IsFinite(bias));
            Assert.Equal((double)bias, solution.Offsets[g] + (problem.Format.Alpha * (double)s));
            if (solution.ScaleType == ElementType.F16)
            {
                Assert.Equal(s, (float)(Half)s);
                Assert.Equal(bias, (float)(Half)bias);
                Assert.True(s == 0 || Math.Abs(s) >= 1f / (1 << 14));
            }
        }
        return solution;
    }
}
