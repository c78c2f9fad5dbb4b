using System.Numerics.Tensors;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Elementwise;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>Walks a block's plan in reverse, from the gradient of its output to those of its weights and its input.</summary>
/// <param name="block">The block and its weights.</param>
/// <param name="workers">The team.</param>
internal sealed class BlockBackward(TrainableBlock block, Workers workers)
{
    /// <summary>Whether an operation has a gradient.</summary>
    public static bool Has(Operation operation) => operation is LinearOperation or RmsNormOperation or LayerNormOperation or RotaryOperation
        or AttentionOperation or SiluOperation or GeluTanhOperation or MultiplyOperation or AddOperation;

    /// <summary>Adds to the gradients of the block's weights.</summary>
    /// <param name="values">What the forward pass over the sequences left: every value of the plan.</param>
    /// <param name="gradients">Holds the gradient of the output; on return that of the input only.</param>
    /// <param name="tokens">Tokens of a sequence, from position 0 on.</param>
    /// <param name="sequences">Sequences, one after another in the rows of every value.</param>
    public void Run(BlockBuffers values, ValueGradients gradients, int tokens, int sequences = 1)
    {
        var rows = new SequenceSizes(tokens, sequences);
        for (int i = block.Plan.Operations.Length - 1; i >= 0; i--)
        {
            Operation operation = block.Plan.Operations[i];
            // What nothing depends on has no gradient.
            if (gradients.Take(operation.Output) is float[] gradient)
            {
                Run(operation, gradient, values, gradients, rows);
            }
        }
    }

    private void Run(Operation operation, float[] gradient, BlockBuffers values, ValueGradients gradients, SequenceSizes sizes)
    {
        PlanValue from = operation.Inputs[0];
        int tokens = sizes.Rows;
        float[] input = values.Rows(from, tokens);
        int width = operation.Output.Width;
        switch (operation)
        {
            case LinearOperation linear:
                RunLinear(linear, gradient, input, gradients, tokens);
                gradients.Return(gradient);
                break;

            case RmsNormOperation norm:
                RmsNormBackward.Run(block.Vector(norm, 0), input, gradient, tokens, width, norm.Epsilon, workers);
                gradients.Give(from, gradient, tokens);
                break;

            case LayerNormOperation norm:
                LayerNormBackward.Run(
                    block.Vector(norm, 0), norm.HasBias ? block.Vector(norm, 1) : null, input, gradient, tokens, norm.Epsilon, workers);
                gradients.Give(from, gradient, tokens);
                break;

            case RotaryOperation rotation:
                (ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines) = rotation.Rotary.For(sizes.Tokens).Angles(0, sizes.Tokens);
                RotaryBackward.Run(gradient, tokens, rotation.Heads, rotation.HeadSize, cosines, sines, workers);
                gradients.Give(from, gradient, tokens);
                break;

            case AttentionOperation attention:
                RunAttention(attention, gradient, values, gradients, sizes);
                gradients.Return(gradient);
                break;

            case SiluOperation:
                TokenRows.For(tokens, width, workers, rows => SiluBackward.Run(input.AsSpan(rows), gradient.AsSpan(rows)));
                gradients.Give(from, gradient, tokens);
                break;

            case GeluTanhOperation:
                TokenRows.For(tokens, width, workers, rows => GeluTanhBackward.Run(input.AsSpan(rows), gradient.AsSpan(rows)));
                gradients.Give(from, gradient, tokens);
                break;

            case MultiplyOperation multiply:
                float[] right = values.Rows(multiply.Right, tokens), rightGradient = gradients.Rent(multiply.Right, tokens);
                TokenRows.For(tokens, width, workers, rows =>
                {
                    TensorPrimitives.Multiply(gradient.AsSpan(rows), input.AsSpan(rows), rightGradient.AsSpan(rows));
                    TensorPrimitives.Multiply(gradient.AsSpan(rows), right.AsSpan(rows), gradient.AsSpan(rows));
                });
                gradients.Give(multiply.Right, rightGradient, tokens);
                gradients.Give(multiply.Left, gradient, tokens);
                break;

            case AddOperation add:
                gradients.Add(add.Right, gradient, tokens);
                gradients.Give(add.Left, gradient, tokens);
                break;

            default:
                throw new NotSupportedException($"{operation.GetType().Name} has no gradient.");
        }
    }

    private void RunLinear(LinearOperation operation, float[] gradient, float[] input, ValueGradients gradients, int tokens)
    {
        DifferentiableLinear linear = block.Linear(operation);
        linear.Accumulate(gradient, input, tokens, workers);
        if (block.Bias(operation) is TrainedTensor bias)
        {
            BiasBackward.Accumulate(bias, gradient, tokens);
        }
        float[] inputGradient = gradients.Accumulator(operation.Input, tokens, out Destination destination);
        linear.MultiplyTransposed(gradient, tokens, inputGradient, destination, workers);
    }

    private void RunAttention(AttentionOperation attention, float[] gradient, BlockBuffers values, ValueGradients gradients, SequenceSizes sizes)
    {
        int tokens = sizes.Rows;
        float[] queries = gradients.Rent(attention.Queries, tokens);
        float[] keys = gradients.Rent(attention.Keys, tokens), states = gradients.Rent(attention.Values, tokens);
        AttentionBackward.Run(
            attention.Shape,
            sizes.Tokens,
            sizes.Sequences,
            values.Rows(attention.Queries, tokens),
            values.Rows(attention.Keys, tokens),
            values.Rows(attention.Values, tokens),
            gradient,
            queries,
            keys,
            states,
            workers);
        gradients.Give(attention.Queries, queries, tokens);
        gradients.Give(attention.Keys, keys, tokens);
        gradients.Give(attention.Values, states, tokens);
    }

    private readonly record struct SequenceSizes(int Tokens, int Sequences)
    {
        public int Rows { get; } = checked(Tokens * Sequences);
    }
}
