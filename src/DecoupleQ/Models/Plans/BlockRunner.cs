using System.Numerics.Tensors;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Models.Plans;

/// <summary>Runs operations of a block over whole sequences, one operation after another, as quantization and training need it.</summary>
/// <param name="plan">The block.</param>
/// <param name="workers">The team.</param>
internal sealed class BlockRunner(BlockPlan plan, Workers workers)
{
    /// <summary>The block.</summary>
    public BlockPlan Plan => plan;

    /// <summary>Runs the whole block: from its input in <paramref name="values"/> to its output there.</summary>
    /// <inheritdoc cref="Run(Range, BlockWeights, BlockBuffers, int, int)"/>
    public void Run(BlockWeights weights, BlockBuffers values, int tokens, int sequences = 1) => Run(.., weights, values, tokens, sequences);

    /// <summary>Runs some of the block's operations.</summary>
    /// <param name="operations">Which, as a range of the plan's.</param>
    /// <param name="weights">Weights of the operations that own some.</param>
    /// <param name="values">Holds what the operations read; receives what they make.</param>
    /// <param name="tokens">Tokens of a sequence, which begins and ends with them.</param>
    /// <param name="sequences">Sequences, one after another in the rows of every value; none sees another.</param>
    public void Run(Range operations, BlockWeights weights, BlockBuffers values, int tokens, int sequences = 1)
    {
        int all = checked(tokens * sequences);
        var rows = new SequenceRows(values, tokens, all);
        foreach (Operation operation in plan.Operations.AsSpan()[operations])
        {
            switch (operation)
            {
                case LinearOperation linear:
                    RunLinear(linear, weights.Get(linear), values, all);
                    break;
                case AttentionOperation attention:
                    RunAttention(attention, values, tokens, sequences);
                    break;
                case RecurrentOperation recurrent:
                    values.Rows(recurrent.Output, all);
                    for (int sequence = 0; sequence < sequences; sequence++)
                    {
                        recurrent.Run(weights, recurrent.Begin(), rows, sequence * tokens, tokens);
                    }
                    break;
                default:
                    RunRows(operation, weights, rows, values, all);
                    break;
            }
        }
    }

    private void RunLinear(LinearOperation linear, LinearLayer layer, BlockBuffers values, int tokens)
    {
        float[] input = values.Rows(linear.Input, tokens), output = values.Rows(linear.Output, tokens);
        int width = linear.Output.Width;
        layer.Kernel.Multiply(input.AsSpan(0, tokens * linear.Input.Width), tokens, output.AsSpan(0, tokens * width), workers);
        if (layer.Bias is float[] bias)
        {
            for (int t = 0; t < tokens; t++)
            {
                Span<float> row = output.AsSpan(t * width, width);
                TensorPrimitives.Add(row, bias, row);
            }
        }
    }

    private void RunAttention(AttentionOperation attention, BlockBuffers values, int tokens, int sequences)
    {
        for (int sequence = 0; sequence < sequences; sequence++)
        {
            int first = sequence * tokens;
            Attention.Causal(
                attention.Shape, Rows(attention.Queries), Rows(attention.Keys), Rows(attention.Values), past: 0, Rows(attention.Output), workers);

            Span<float> Rows(PlanValue value) => values.Rows(value, tokens * sequences).AsSpan(first * value.Width, tokens * value.Width);
        }
    }

    private void RunRows(Operation operation, BlockWeights weights, SequenceRows rows, BlockBuffers values, int tokens)
    {
        // Made before the rows are shared out, as making room is for one thread alone.
        values.Rows(operation.Output, tokens);
        int parts = RowParts.Count(tokens, operation.Output.Width, workers);
        if (parts == 1)
        {
            RowOperations.Run(operation, weights, rows, 0, tokens);
            return;
        }
        RowParts.For(tokens, parts, (first, count) => RowOperations.Run(operation, weights, rows, first, count), workers);
    }

    /// <summary>Consecutive rows of sequences in a block's buffers.</summary>
    private readonly struct SequenceRows(BlockBuffers values, int tokens, int all) : IRowValues
    {
        public Span<float> Rows(PlanValue value, int first, int count) => values.Rows(value, all).AsSpan(first * value.Width, count * value.Width);

        public RowPlace Place(int row) => new(row % tokens, tokens);
    }
}
