using System.Numerics.Tensors;
using DecoupleQ.Kernels;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Gradients;

namespace DecoupleQ.Quantization.Training;

/// <summary>The mean squared error of a block's output over sequences, and its gradient. Holds the memory of one sequence.</summary>
internal sealed class BlockLoss
{
    private readonly TrainableBlock _block;
    private readonly BlockRunner _forward;
    private readonly BlockBackward _backward;
    private readonly BlockBuffers _values = new();
    private readonly ValueGradients _gradients = new();

    /// <param name="block">The block and its weights.</param>
    /// <param name="workers">The team.</param>
    public BlockLoss(TrainableBlock block, Workers workers)
    {
        _block = block;
        _forward = new BlockRunner(block.Plan, workers);
        _backward = new BlockBackward(block, workers);
    }

    /// <summary>The mean squared error over all numbers of all tokens that count; 0 if none does.</summary>
    public double Evaluate(IBlockSamples samples, CancellationToken cancellationToken)
    {
        double sum = 0;
        long count = 0;
        for (int i = 0; i < samples.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] residual = Residual(samples, i, out double squares, out long numbers);
            _gradients.Return(residual);
            sum += squares;
            count += numbers;
        }
        return count == 0 ? 0 : sum / count;
    }

    /// <summary>Adds one sequence's gradient to those of the block's weights.</summary>
    /// <returns>The sequence's loss.</returns>
    public double Differentiate(IBlockSamples samples, int sequence)
    {
        float[] residual = Residual(samples, sequence, out double squares, out long numbers);
        double loss = numbers == 0 ? 0 : squares / numbers;
        if (numbers == 0 || !double.IsFinite(loss))
        {
            _gradients.Return(residual);
            return loss;
        }
        int tokens = samples.Tokens(sequence);
        Span<float> rows = residual.AsSpan(0, tokens * _block.Plan.Output.Width);
        TensorPrimitives.Multiply(rows, 2f / numbers, rows);
        _gradients.Give(_block.Plan.Output, residual, tokens);
        _backward.Run(_values, _gradients, tokens);
        if (_gradients.Take(_block.Plan.Input) is float[] inputGradient)
        {
            _gradients.Return(inputGradient);
        }
        return loss;
    }

    private float[] Residual(IBlockSamples samples, int sequence, out double squares, out long numbers)
    {
        int tokens = samples.Tokens(sequence), width = _block.Plan.Output.Width;
        samples.ReadInputs(sequence, _values.Rows(_block.Plan.Input, tokens).AsSpan(0, tokens * _block.Plan.Input.Width));
        _forward.Run(_block.Weights, _values, tokens);
        float[] residual = _gradients.Rent(_block.Plan.Output, tokens);
        Span<float> rows = residual.AsSpan(0, tokens * width);
        samples.ReadTargets(sequence, rows);
        ReadOnlySpan<bool> counted = samples.Counted(sequence);
        squares = MeanSquaredError.Residual(_values.Rows(_block.Plan.Output, tokens).AsSpan(0, rows.Length), rows, width, counted);
        numbers = (counted.IsEmpty ? tokens : counted[..tokens].Count(true)) * (long)width;
        return residual;
    }
}
