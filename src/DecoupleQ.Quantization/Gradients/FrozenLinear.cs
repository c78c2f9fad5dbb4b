using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>A layer that is not trained: the gradient only passes through it.</summary>
internal class FrozenLinear : DifferentiableLinear
{
    /// <param name="matrix">Outputs x inputs; kept as float32.</param>
    public FrozenLinear(WeightMatrix matrix)
        : base(matrix.Columns, matrix.Rows)
    {
        Elements = new float[checked(matrix.Rows * matrix.Columns)];
        matrix.DequantizeRows(0, matrix.Rows, Elements);
    }

    /// <summary>B, outputs x inputs.</summary>
    protected float[] Elements { get; }

    private MatrixView<float> B => new(Elements, Outputs, Inputs);

    public override void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers) =>
        Gemm.Multiply(new MatrixView<float>(input, tokens, Inputs), B.Transposed, output, Outputs, Destination.Overwrite, workers);

    public override void MultiplyTransposed(
        ReadOnlySpan<float> outputGradient, int tokens, Span<float> inputGradient, Destination destination, Workers workers) =>
        Gemm.Multiply(new MatrixView<float>(outputGradient, tokens, Outputs), B, inputGradient, Inputs, destination, workers);

    public override void Accumulate(float[] outputGradient, float[] input, int tokens, Workers workers)
    {
    }

    public override void ReadRow(int row, Span<float> to) => Elements.AsSpan(row * Inputs, Inputs).CopyTo(to);

    public override void AccumulateRow(int row, ReadOnlySpan<float> gradient)
    {
    }
}
