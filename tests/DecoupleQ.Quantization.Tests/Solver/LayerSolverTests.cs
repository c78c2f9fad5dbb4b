using System.Runtime.InteropServices;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

public sealed class LayerSolverTests(ITestOutputHelper output)
{
    public static TheoryData<int, int, int, int> Shapes => new()
    {
        { 40, 96, 2, -1 },
        { 40, 96, 2, 32 },
        { 33, 192, 2, 64 },
        { 7, 160, 3, 32 },
        { 16, 128, 4, 128 },
        { 5, 64, 8, -1 },
        { 1, 288, 2, 32 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_objective_never_rises_from_step_to_step(int m, int n, int bits, int groupSize)
    {
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(bits, groupSize), 7);
        var trace = new Trace();
        LayerSolver.Solve(problem, Problems.Prepare(problem), new SolverOptions(), Problems.OneThread, CancellationToken.None, trace);
        Assert.Equal(SolveStep.NearestRounding, trace.Steps[0].Step);
        Assert.Equal(SolveStep.LastRounding, trace.Steps[^1].Step);
        Assert.Contains(trace.Steps, s => s.Step == SolveStep.FloatStep);
        for (int k = 1; k < trace.Steps.Count; k++)
        {
            (SolveStep step, double[] losses) = trace.Steps[k];
            output.WriteLine($"{step}: {losses.Average():g6}");
            for (int i = 0; i < m && step != SolveStep.StoredPair; i++)
            {
                Assert.True(losses[i] <= trace.Steps[k - 1].Losses[i], $"row {i} rose at {step}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void The_losses_reported_are_those_of_the_solution(int m, int n, int bits, int groupSize)
    {
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(bits, groupSize), 8);
        LayerSolution solution = Problems.Solve(problem);
        double loss = 0, error = 0, energy = 0;
        double[,] damped = Oracle.Damped(problem.Hessian), plain = Oracle.Damped(problem.Hessian, 0);
        int groups = problem.Format.Groups(n);
        for (int i = 0; i < m; i++)
        {
            ReadOnlySpan<float> b = problem.Weights.AsSpan(i * n, n);
            ReadOnlySpan<float> s = solution.Scales.AsSpan(i * groups, groups), z = solution.Offsets.AsSpan(i * groups, groups);
            ReadOnlySpan<sbyte> w = solution.Integers.AsSpan(i * n, n);
            loss += Oracle.Loss(damped, b, w, s, z) / m;
            error += Oracle.Loss(plain, b, w, s, z);
            energy += Oracle.Loss(plain, b, w, new float[groups], new float[groups]);
        }
        Assert.Equal(1, solution.Loss / loss, 1e-4);
        Assert.Equal(1, solution.RelativeLoss / (error / energy), 1e-4);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void One_and_two_threads_give_the_same_bytes(int m, int n, int bits, int groupSize)
    {
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(bits, groupSize), 9);
        using var two = new Workers(2);
        LayerSolution a = Problems.Solve(problem), b = LayerSolver.Solve(problem, new SolverOptions(), two, CancellationToken.None);
        Assert.Equal(a.Integers, b.Integers);
        Assert.Equal(MemoryMarshal.AsBytes<float>(a.Scales), MemoryMarshal.AsBytes<float>(b.Scales));
        Assert.Equal(MemoryMarshal.AsBytes<float>(a.Offsets), MemoryMarshal.AsBytes<float>(b.Offsets));
        Assert.Equal(a.Loss, b.Loss);
        Assert.Equal(a.RelativeLoss, b.RelativeLoss);
    }

    [Theory]
    [InlineData(64, false)]
    [InlineData(64, true)]
    [InlineData(-1, false)]
    [InlineData(-1, true)]
    public void A_slab_in_work_ends_when_the_team_that_prepared_H_is_to_end(int groupSize, bool thorough)
    {
        LayerProblem problem = Problems.Random(48, 256, new QuantizationFormat(2, groupSize), 10);
        SolverOptions options = thorough
            ? new() { Rounding = IntegerSolver.CoordinateDescent, Start = StartSearch.DiagonalSearch }
            : new() { Rounding = IntegerSolver.Gptq };
        var whole = new Trace();
        LayerSolver.Solve(problem, Problems.Prepare(problem), options, Problems.OneThread, CancellationToken.None, whole);
        // After each of its steps: the next one, a single slab, is not begun in vain.
        for (int steps = 1; steps < whole.Steps.Count; steps++)
        {
            using var cancellation = new CancellationTokenSource();
            using var workers = new Workers(1) { Cancellation = cancellation.Token };
            PreparedHessian prepared = PreparedHessian.Create(problem.Hessian, options, workers);
            var trace = new CancellingTrace(steps, cancellation);
            Assert.Throws<OperationCanceledException>(
                () => LayerSolver.Solve(problem, prepared, options, Problems.OneThread, CancellationToken.None, trace));
            Assert.Equal(steps, trace.Steps);
        }
    }

    [Fact]
    public void H_is_prepared_no_further_when_the_team_is_to_end()
    {
        LayerProblem problem = Problems.Random(8, 256, new QuantizationFormat(2, 64), 11);
        using var workers = new Workers(1) { Cancellation = new CancellationToken(canceled: true) };
        Assert.Throws<OperationCanceledException>(() => PreparedHessian.Create(problem.Hessian, new SolverOptions(), workers));
    }

    /// <summary>Cancels after so many steps.</summary>
    private sealed class CancellingTrace(int last, CancellationTokenSource cancellation) : ISolveObserver
    {
        public int Steps { get; private set; }

        public void AfterStep(SolveStep step, ReadOnlySpan<double> losses)
        {
            if (++Steps == last)
            {
                cancellation.Cancel();
            }
        }
    }
}
