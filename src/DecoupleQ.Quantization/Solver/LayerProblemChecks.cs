using System.Globalization;
using System.Numerics.Tensors;

namespace DecoupleQ.Quantization.Solver;

/// <summary>Refuses layers that cannot be solved, by name.</summary>
internal static class LayerProblemChecks
{
    /// <summary>Weights beyond this would leave no room in float32 for their products.</summary>
    private const float LargestWeight = 1e36f;

    private static readonly OptionRange<int> Bits = OptionRange.OneOf(QuantizationFormat.OfferedBits.AsSpan());

    /// <summary>Throws where bits, groups, sizes or weights do not allow a solution.</summary>
    /// <exception cref="DecoupleQException">Names the layer, and what was expected.</exception>
    public static void Check(LayerProblem problem)
    {
        if (problem.Outputs <= 0 || problem.Inputs <= 0 || problem.Weights.Length != (long)problem.Outputs * problem.Inputs)
        {
            throw new ArgumentException(
                $"{problem.Name}: {problem.Outputs} x {problem.Inputs} does not fit {problem.Weights.Length} weights.", nameof(problem));
        }
        if (problem.Hessian.Size != problem.Inputs)
        {
            throw new ArgumentException($"{problem.Name}: {problem.Inputs} inputs, but a Hessian of {problem.Hessian.Size}.", nameof(problem));
        }
        if (!Bits.Contains(problem.Format.Bits))
        {
            throw new DecoupleQException($"{problem.Format.Bits} bits", field: problem.Name, expected: Bits.Expected);
        }
        CheckGroupSize(problem);
        CheckWeights(problem);
    }

    private static void CheckGroupSize(LayerProblem problem)
    {
        int size = problem.Format.GroupSize;
        if (size == QuantizationFormat.PerChannel || (size > 0 && problem.Inputs % size == 0))
        {
            return;
        }
        IEnumerable<string> fitting = QuantizationFormat.OfferedGroupSizes
            .Where(s => problem.Inputs % s == 0)
            .Select(s => s.ToString(CultureInfo.InvariantCulture));
        throw new DecoupleQException(
            $"group size {size} does not divide its {problem.Inputs} inputs",
            field: problem.Name,
            expected: string.Join(", ", fitting.Append("-1 (the whole row)")));
    }

    private static void CheckWeights(LayerProblem problem)
    {
        int bad = TensorPrimitives.IndexOfMaxMagnitude<float>(problem.Weights);
        float worst = problem.Weights[bad];
        if (!float.IsNaN(worst) && Math.Abs(worst) <= LargestWeight)
        {
            return;
        }
        string value = worst.ToString(CultureInfo.InvariantCulture);
        throw new DecoupleQException(
            $"the weight in row {bad / problem.Inputs}, column {bad % problem.Inputs} is {value}",
            field: problem.Name,
            expected: "finite weights of at most 1e36");
    }
}
