using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Pilot.Layers;

/// <summary>A layer of a packed model, solved anew with a step more bits on the inputs that its error was measured on.</summary>
/// <remarks>
/// The last quarter of each sequence judges the solution and is not solved on: on few tokens it would look several times better than it is. A calibration on
/// more text may do better.
/// </remarks>
/// <param name="name">Its module path.</param>
/// <param name="layer">The layer.</param>
/// <param name="stored">How it is stored.</param>
/// <param name="format">The format that it is to have.</param>
/// <param name="workers">The team.</param>
internal sealed class MoreBits(string name, LinearOperation layer, AffineMatrix stored, QuantizationFormat format, Workers workers)
{
    // Of each sequence, one token in so many judges.
    private const int Judging = 4;

    private readonly HessianAccumulator _inputs = new(layer.Input.Width, workers);
    private readonly List<float[]> _judging = [];

    /// <summary>The format with a step more bits that a matrix can have; null where there is none.</summary>
    public static QuantizationFormat? Next(AffineMatrix matrix)
    {
        int group = matrix.GroupSize == matrix.Columns ? QuantizationFormat.PerChannel : matrix.GroupSize;
        int bits = QuantizationFormat.OfferedBits.FirstOrDefault(more => more > matrix.Bits && (long)matrix.Columns * more % 32 == 0);
        return bits > 0 ? new QuantizationFormat(bits, group) : null;
    }

    /// <summary>Adds the layer's inputs of a sequence.</summary>
    /// <param name="values">The values of its block.</param>
    /// <param name="tokens">At least two.</param>
    public void Add(BlockBuffers values, int tokens)
    {
        int width = layer.Input.Width, judging = Math.Max(1, tokens / Judging) * width;
        Span<float> rows = values.Rows(layer.Input, tokens).AsSpan(0, tokens * width);
        _inputs.Add(rows[..^judging]);
        _judging.Add(rows[^judging..].ToArray());
    }

    /// <summary>Solves it, as the <c>fast</c> preset does.</summary>
    /// <param name="dense">Its dense weight.</param>
    /// <param name="error">Its relative error as it is.</param>
    /// <exception cref="DecoupleQException">It cannot be solved.</exception>
    public LayerRisk Solve(WeightMatrix dense, double error)
    {
        SolverOptions options = Preset.Fast.ApplyTo(new QuantizationOptions { Model = "", Output = "" }).Solver;
        var weights = new float[checked(dense.Rows * dense.Columns)];
        dense.DequantizeRows(0, dense.Rows, weights);
        LayerHessian hessian = _inputs.Build();
        PreparedHessian prepared = PreparedHessian.Create(hessian, options, workers, name);
        LayerSolution solution = LayerSolver.Solve(
            new LayerProblem(name, dense.Rows, dense.Columns, weights, hessian, format), prepared, options, workers, workers.Cancellation);
        AffineMatrix packed = PackedLayer.Pack(solution, dense.Rows, dense.Columns);
        var there = new OutputError();
        foreach (float[] rows in _judging)
        {
            there.Add(rows, rows.Length / dense.Columns, dense, packed, workers);
        }
        return new LayerRisk(name, error, format.Bits, there.Relative, (packed.StoredBits - stored.StoredBits) / 8);
    }
}
