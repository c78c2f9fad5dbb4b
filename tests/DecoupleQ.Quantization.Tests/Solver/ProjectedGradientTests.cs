using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

public sealed class ProjectedGradientTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(2, -1, false)]
    [InlineData(2, 32, false)]
    [InlineData(2, 32, true)]
    public void It_is_more_accurate_than_gptq_where_weights_are_clamped(int bits, int groupSize, bool symmetric)
    {
        const int m = 48, n = 128;
        var layer = new RoundingCase(Problems.Random(m, n, new QuantizationFormat(bits, groupSize) { Symmetric = symmetric }, 61));
        // As narrow as a search leaves them.
        double middle = symmetric ? 0 : (layer.Problem.Format.Alpha + layer.Problem.Format.Beta) / 2.0;
        for (int g = 0; g < layer.Scales.Length; g++)
        {
            layer.Offsets[g] += (float)(middle * layer.Scales[g] * 0.5);
            layer.Scales[g] *= 0.5f;
        }
        double gptq = layer.Losses(layer.Solve(IntegerSolver.Gptq)).Sum(), projected = layer.Losses(layer.Solve(IntegerSolver.ProjectedGradient)).Sum();
        output.WriteLine($"GPTQ {gptq:g4}, projected gradient {projected:g4}");
        Assert.True(projected < gptq);
    }

    [Fact]
    public void Steps_before_and_between_the_roundings_lower_f()
    {
        LayerProblem problem = Problems.Random(48, 128, new QuantizationFormat(2, -1), 62);
        double nearest = Loss(0, 0), before = Loss(200, 0), between = Loss(0, 5), both = Loss(200, 5);
        output.WriteLine($"nearest {nearest:g4}, steps before {before:g4}, between {between:g4}, both {both:g4}");
        Assert.True(before <= nearest);
        Assert.True(between < 0.2 * before);
        Assert.True(both < 0.2 * before);

        double Loss(int steps, int perColumn)
        {
            var layer = new RoundingCase(problem, new SolverOptions { GradientSteps = steps, GradientStepsPerColumn = perColumn });
            return layer.Losses(layer.Solve(IntegerSolver.ProjectedGradient)).Sum();
        }
    }

    [Fact]
    public void Without_any_step_it_is_nearest_rounding()
    {
        var layer = new RoundingCase(
            Problems.Random(9, 96, new QuantizationFormat(3, 32), 63), new SolverOptions { GradientSteps = 0, GradientStepsPerColumn = 0 });
        Assert.Equal(layer.Nearest(), layer.Solve(IntegerSolver.ProjectedGradient));
    }

    [Fact]
    public async Task Even_a_single_slab_that_would_take_hours_can_be_cancelled()
    {
        LayerProblem problem = Problems.Random(16, 128, new QuantizationFormat(2, -1), 64);
        var options = new SolverOptions { Rounding = IntegerSolver.ProjectedGradient, GradientSteps = 100_000, GradientStepsPerColumn = 1000 };
        using var source = new CancellationTokenSource();
        Task solve = Task.Run(() => LayerSolver.Solve(problem, options, Problems.OneThread, source.Token), TestContext.Current.CancellationToken);
        source.CancelAfter(100);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => solve);
    }
}
