using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>A quantized layer whose s and z are trained, and where asked for its integers too: <c>B_hat = s w + z</c>.</summary>
/// <remarks>B_hat is never held: products decode it panel by panel from the current s and z, so a layer takes a byte a weight.</remarks>
internal sealed unsafe class TrainedLinear : DifferentiableLinear
{
    /// <param name="format">Bits and groups.</param>
    /// <param name="inputs">n.</param>
    /// <param name="outputs">m.</param>
    /// <param name="integers">w, m x n; changed only with <see cref="Latents"/>.</param>
    /// <param name="scales">s, m x groups; changed in place when trained.</param>
    /// <param name="offsets">z, as <paramref name="scales"/>.</param>
    public TrainedLinear(QuantizationFormat format, int inputs, int outputs, sbyte[] integers, float[] scales, float[] offsets)
        : base(inputs, outputs)
    {
        GroupSize = format.ColumnsPerGroup(inputs);
        int pairs = checked(outputs * format.Groups(inputs));
        if (inputs % GroupSize != 0 || integers.Length != (long)outputs * inputs || scales.Length != pairs || offsets.Length != pairs)
        {
            throw new ArgumentException($"Integers, scales or offsets do not have the size of a {outputs} x {inputs} layer in groups of {GroupSize}.");
        }
        Format = format;
        Integers = integers;
        Scales = new TrainedTensor(scales);
        Offsets = new TrainedTensor(offsets);
    }

    public QuantizationFormat Format { get; }

    /// <summary>Inputs that share an (s, z).</summary>
    public int GroupSize { get; }

    /// <summary>w, m x n.</summary>
    public sbyte[] Integers { get; }

    /// <summary>What the integers are rounded from; null (as long as nobody says otherwise) where they stay as they are.</summary>
    public LatentIntegers? Latents { get; set; }

    /// <summary>s, m x groups.</summary>
    public TrainedTensor Scales { get; }

    /// <summary>z, m x groups.</summary>
    public TrainedTensor Offsets { get; }

    public override void Multiply(ReadOnlySpan<float> input, int tokens, Span<float> output, Workers workers)
    {
        CheckSizes(input.Length, output.Length, tokens);
        fixed (float* x = input, y = output, s = Scales.Values, z = Offsets.Values)
        fixed (sbyte* w = Integers)
        {
            var left = new StridedOperand<float>(x, Inputs, 1);
            var right = new AffineByOutput(new AffineRows(w, s, z, Inputs, GroupSize));
            TileChoice.Multiply(left, right, tokens, Outputs, Inputs, y, Outputs, Destination.Overwrite, ProductPart.All, workers, InstructionSets.Best);
        }
    }

    public override void MultiplyTransposed(
        ReadOnlySpan<float> outputGradient, int tokens, Span<float> inputGradient, Destination destination, Workers workers)
    {
        CheckSizes(inputGradient.Length, outputGradient.Length, tokens);
        fixed (float* dy = outputGradient, dx = inputGradient, s = Scales.Values, z = Offsets.Values)
        fixed (sbyte* w = Integers)
        {
            var left = new StridedOperand<float>(dy, Outputs, 1);
            var right = new AffineByInput(new AffineRows(w, s, z, Inputs, GroupSize));
            TileChoice.Multiply(left, right, tokens, Inputs, Outputs, dx, Inputs, destination, ProductPart.All, workers, InstructionSets.Best);
        }
    }

    public override void Accumulate(float[] outputGradient, float[] input, int tokens, Workers workers) =>
        TrainedLinearBackward.Accumulate(this, outputGradient, input, tokens, workers);

    public override void ReadRow(int row, Span<float> to)
    {
        fixed (float* y = to, s = Scales.Values, z = Offsets.Values)
        fixed (sbyte* w = Integers)
        {
            new AffineRows(w, s, z, Inputs, GroupSize).Decode(row, 0, Inputs, y);
        }
    }

    public override void AccumulateRow(int row, ReadOnlySpan<float> gradient)
    {
        for (int first = 0; first < Inputs; first += GroupSize)
        {
            (double scale, double offset) = (0, 0);
            for (int j = first; j < first + GroupSize; j++)
            {
                scale += (double)gradient[j] * Integers[((long)row * Inputs) + j];
                offset += gradient[j];
            }
            int pair = (row * (Inputs / GroupSize)) + (first / GroupSize);
            Scales.Gradient[pair] += (float)scale;
            Offsets.Gradient[pair] += (float)offset;
        }
    }

    private void CheckSizes(int inputLength, int outputLength, int tokens)
    {
        if (inputLength < (long)tokens * Inputs || outputLength < (long)tokens * Outputs)
        {
            throw new ArgumentException($"The rows are shorter than {tokens} tokens of {Inputs} inputs and {Outputs} outputs.");
        }
    }
}
