using System.Numerics.Tensors;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.LinearAlgebra;

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

    /// <summary>The mean square of the targets over all numbers of all tokens that count; 0 if none does.</summary>
    public double TargetEnergy(IBlockSamples samples, CancellationToken cancellationToken)
    {
        double sum = 0;
        long count = 0;
        int width = _block.Plan.Output.Width;
        for (int i = 0; i < samples.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int tokens = samples.Tokens(i);
            float[] targets = _gradients.Rent(_block.Plan.Output, tokens);
            samples.ReadTargets(i, targets.AsSpan(0, tokens * width));
            ReadOnlySpan<bool> counted = samples.Counted(i);
            for (int t = 0; t < tokens; t++)
            {
                if (counted.IsEmpty || counted[t])
                {
                    ReadOnlySpan<float> row = targets.AsSpan(t * width, width);
                    sum += DoubleSums.Dot(row, row);
                    count += width;
                }
            }
            _gradients.Return(targets);
        }
        return count == 0 ? 0 : sum / count;
    }

    /// <summary>Adds one sequence's gradient to those of the block's weights.</summary>
    /// <param name="samples">The sequences.</param>
    /// <param name="sequence">Which.</param>
    /// <param name="weight">What the gradient is multiplied by.</param>
    /// <returns>The sequence's loss, not multiplied.</returns>
    public double Differentiate(IBlockSamples samples, int sequence, float weight = 1)
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
        TensorPrimitives.Multiply(rows, 2f / numbers * weight, rows);
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
