using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

/// <summary>Remembers each row's objective after each step.</summary>
internal sealed class Trace : ISolveObserver
{
    public List<(SolveStep Step, double[] Losses)> Steps { get; } = [];

    public void AfterStep(SolveStep step, ReadOnlySpan<double> losses) => Steps.Add((step, losses.ToArray()));
}
