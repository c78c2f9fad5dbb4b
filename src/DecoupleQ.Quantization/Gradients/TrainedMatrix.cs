using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>A dense weight matrix whose numbers are trained: an embedding or a head.</summary>
internal sealed class TrainedMatrix : DifferentiableLinear
{
    /// <param name="matrix">Outputs x inputs; copied to float32.</param>
    public TrainedMatrix(WeightMatrix matrix)
        : base(matrix.Columns, matrix.Rows)
    {
        var values = new float[checked(matrix.Rows * matrix.Columns)];
        matrix.DequantizeRows(0, matrix.Rows, values);
        Weights = new TrainedTensor(values);
    }

    /// <summary>B, outputs x inputs.</summary>
    public TrainedTensor Weights { get; }

    private MatrixView<float> B => new(Weights.Values, Outputs, Inputs);

    public override void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers) =>
        Gemm.Multiply(new MatrixView<float>(input, tokens, Inputs), B.Transposed, output, Outputs, Destination.Overwrite, workers);

    public override void MultiplyTransposed(
        ReadOnlySpan<float> outputGradient, int tokens, Span<float> inputGradient, Destination destination, Workers workers) =>
        Gemm.Multiply(new MatrixView<float>(outputGradient, tokens, Outputs), B, inputGradient, Inputs, destination, workers);

    public override void Accumulate(float[] outputGradient, float[] input, int tokens, Workers workers)
    {
        var dy = new MatrixView<float>(outputGradient, tokens, Outputs);
        Gemm.Multiply(dy.Transposed, new MatrixView<float>(input, tokens, Inputs), Weights.Gradient, Inputs, Destination.Add, workers);
    }

    public override void ReadRow(int row, Span<float> to) => Weights.Values.AsSpan(row * Inputs, Inputs).CopyTo(to);

    public override void AccumulateRow(int row, ReadOnlySpan<float> gradient)
    {
        Span<float> sum = Weights.Gradient.AsSpan(row * Inputs, Inputs);
        System.Numerics.Tensors.TensorPrimitives.Add(sum, gradient, sum);
    }
}
