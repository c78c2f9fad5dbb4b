using System.Numerics.Tensors;
using DecoupleQ.Kernels;
using DecoupleQ.Kernels.Attending;

namespace DecoupleQ.Models;

/// <summary>Runs operations of a block over the tokens of one sequence.</summary>
/// <param name="plan">The block.</param>
/// <param name="rotary">Angles of the rotary embedding.</param>
/// <param name="workers">The team.</param>
internal sealed class BlockRunner(BlockPlan plan, RotaryEmbedding rotary, Workers workers)
{
    // Below this many numbers, handing an elementwise operation to other threads costs more than it saves.
    private const int ShareThreshold = 1 << 14;

    /// <summary>Runs the whole block: from its input in <paramref name="values"/> to its output there.</summary>
    public void Run(BlockWeights weights, BlockBuffers values, int tokens, int position = 0, KeyValueCache? cache = null) =>
        Run(.., weights, values, tokens, position, cache);

    /// <summary>Runs some of the block's operations.</summary>
    /// <param name="operations">Which, as a range of the plan's.</param>
    /// <param name="weights">Weights of the operations that own some.</param>
    /// <param name="values">Holds what the operations read; receives what they make.</param>
    /// <param name="tokens">Consecutive tokens of one sequence.</param>
    /// <param name="position">Position of the first.</param>
    /// <param name="cache">Keys and values of the tokens before; null if there are none.</param>
    public void Run(Range operations, BlockWeights weights, BlockBuffers values, int tokens, int position = 0, KeyValueCache? cache = null)
    {
        foreach (Operation operation in plan.Operations.AsSpan()[operations])
        {
            Run(operation, weights, values, tokens, position, cache);
        }
    }

    private void Run(Operation operation, BlockWeights weights, BlockBuffers values, int tokens, int position, KeyValueCache? cache)
    {
        PlanValue made = operation.Output;
        float[] input = values.Rows(operation.Inputs[0], tokens), output = values.Rows(made, tokens);
        switch (operation)
        {
            case LinearOperation linear:
                LinearLayer layer = weights.Get(linear);
                layer.Kernel.Multiply(input.AsSpan(0, tokens * linear.Input.Width), tokens, output.AsSpan(0, tokens * made.Width), workers);
                if (layer.Bias is float[] bias)
                {
                    for (int t = 0; t < tokens; t++)
                    {
                        Span<float> row = output.AsSpan(t * made.Width, made.Width);
                        TensorPrimitives.Add(row, bias, row);
                    }
                }
                break;

            case RmsNormOperation norm:
                float[] weight = weights.Get(norm);
                ForRows(tokens, made.Width, rows => RmsNorm.Apply(input.AsSpan(rows), weight, norm.Epsilon, output.AsSpan(rows)));
                break;

            case LayerNormOperation norm:
                LayerNormWeights layerNorm = weights.Get(norm);
                ForRows(tokens, made.Width, rows => LayerNorm.Apply(input.AsSpan(rows), layerNorm.Weight, layerNorm.Bias, norm.Epsilon, output.AsSpan(rows)));
                break;

            case RotaryOperation rotation:
                (ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines) = rotary.Angles(position, tokens);
                Rotary.Apply(input.AsSpan(0, tokens * made.Width), rotation.Heads, rotation.HeadSize, cosines.Span, sines.Span, output);
                break;

            case AttentionOperation attention:
                RunAttention(attention, values, tokens, cache);
                break;

            case SiluOperation:
                ForRows(tokens, made.Width, rows => Silu.Apply(input.AsSpan(rows), output.AsSpan(rows)));
                break;

            case MultiplyOperation multiply:
                float[] factor = values.Rows(multiply.Right, tokens);
                ForRows(tokens, made.Width, rows => TensorPrimitives.Multiply(input.AsSpan(rows), factor.AsSpan(rows), output.AsSpan(rows)));
                break;

            case AddOperation add:
                float[] term = values.Rows(add.Right, tokens);
                ForRows(tokens, made.Width, rows => TensorPrimitives.Add(input.AsSpan(rows), term.AsSpan(rows), output.AsSpan(rows)));
                break;

            default:
                throw new NotSupportedException($"{operation.GetType().Name} cannot be run.");
        }
    }

    private void RunAttention(AttentionOperation attention, BlockBuffers values, int tokens, KeyValueCache? cache)
    {
        ReadOnlySpan<float> queries = Filled(attention.Queries), keys = Filled(attention.Keys), states = Filled(attention.Values);
        int past = 0;
        if (cache is not null)
        {
            past = cache.Length;
            cache.Append(keys, states);
            keys = cache.Keys;
            states = cache.Values;
        }
        Attention.Causal(attention.Shape, queries, keys, states, past, values.Rows(attention.Output, tokens).AsSpan(0, tokens * attention.Output.Width), workers);

        ReadOnlySpan<float> Filled(PlanValue value) => values.Rows(value, tokens).AsSpan(0, tokens * value.Width);
    }

    // Rows are independent, so how they are shared out does not change the result.
    private void ForRows(int tokens, int width, Action<Range> body)
    {
        int parts = tokens * (long)width < ShareThreshold ? 1 : Math.Min(tokens, workers.Count * 4);
        if (parts == 1)
        {
            body(0..(tokens * width));
            return;
        }
        workers.For(parts, i => body((int)((long)tokens * i / parts * width)..(int)((long)tokens * (i + 1) / parts * width)));
    }
}
