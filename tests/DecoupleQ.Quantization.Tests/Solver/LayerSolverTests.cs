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
}
