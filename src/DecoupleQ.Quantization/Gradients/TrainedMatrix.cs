using System.Numerics.Tensors;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>A dense weight matrix whose numbers are trained: an embedding or a head. It multiplies as one that is frozen.</summary>
internal sealed class TrainedMatrix : FrozenLinear
{
    /// <param name="matrix">Outputs x inputs; copied to float32.</param>
    public TrainedMatrix(WeightMatrix matrix)
        : base(matrix)
    {
        Weights = new TrainedTensor(Elements);
    }

    /// <summary>B, outputs x inputs.</summary>
    public TrainedTensor Weights { get; }

    public override void Accumulate(float[] outputGradient, float[] input, int tokens, Workers workers)
    {
        var dy = new MatrixView<float>(outputGradient, tokens, Outputs);
        Gemm.Multiply(dy.Transposed, new MatrixView<float>(input, tokens, Inputs), Weights.Gradient, Inputs, Destination.Add, workers);
    }

    public override void AccumulateRow(int row, ReadOnlySpan<float> gradient)
    {
        Span<float> sum = Weights.Gradient.AsSpan(row * Inputs, Inputs);
        TensorPrimitives.Add(sum, gradient, sum);
    }
}
