using DecoupleQ.Models;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Gradients;

/// <summary>Small blocks with random weights.</summary>
internal static class Blocks
{
    public const int HeadSize = 8;

    public static double[] Frequencies { get; } = RotaryEmbedding.Frequencies(HeadSize, 100);

    public static RotaryEmbedding Rotary { get; } = new(Frequencies);

    /// <summary>A block of the Llama family: 2 query heads on 1 key head, SwiGLU.</summary>
    public static BlockPlan Llama(bool headNorms = false, bool biases = false, int? window = null, int width = 16, int feedForward = 24)
    {
        var block = new BlockPlanBuilder(width);
        PlanValue x = block.RmsNorm("norm1", block.Input, 1e-5f);
        PlanValue k = block.Linear("k", x, HeadSize, biases), v = block.Linear("v", x, HeadSize, biases), q = block.Linear("q", x, 2 * HeadSize, biases);
        if (headNorms)
        {
            k = block.HeadRmsNorm("k_norm", k, HeadSize, 1e-5f);
            q = block.HeadRmsNorm("q_norm", q, HeadSize, 1e-5f);
        }
        PlanValue attended = block.Attention(block.Rotary(q, HeadSize, Rotary), block.Rotary(k, HeadSize, Rotary), v, HeadSize, window);
        PlanValue middle = block.Add(block.Input, block.Linear("o", attended, width, biases));
        PlanValue y = block.RmsNorm("norm2", middle, 1e-5f);
        PlanValue up = block.Linear("up", y, feedForward, biases), gate = block.Linear("gate", y, feedForward, biases);
        return block.Build(block.Add(middle, block.Linear("down", block.Multiply(block.Silu(gate), up), width, biases)));
    }

    /// <summary>A block with layer norms and a plain feed-forward.</summary>
    public static BlockPlan Plain(int width = 16)
    {
        var block = new BlockPlanBuilder(width);
        PlanValue x = block.LayerNorm("norm1", block.Input, 1e-5f);
        PlanValue k = block.Linear("k", x, width), v = block.Linear("v", x, width, bias: true), q = block.Linear("q", x, width, bias: true);
        PlanValue middle = block.Add(block.Input, block.Linear("o", block.Attention(q, k, v, HeadSize), width, bias: true));
        PlanValue y = block.LayerNorm("norm2", middle, 1e-5f, bias: false);
        return block.Build(block.Add(middle, block.Linear("fc2", block.Silu(block.Linear("fc1", y, 2 * width, bias: true)), width, bias: true)));
    }

    /// <summary>
    /// A block as Gemma's: norms stored as weight - 1 before and after both halves, tanh GELU, a scale of its own; norms over whole queries and keys.
    /// </summary>
    public static BlockPlan FourNorms(int width = 16, int feedForward = 24)
    {
        const float Epsilon = 1e-5f;
        var block = new BlockPlanBuilder(width);
        PlanValue x = block.RmsNorm("norm1", block.Input, Epsilon, offset: 1);
        PlanValue k = block.Linear("k", x, HeadSize), v = block.Linear("v", x, HeadSize), q = block.Linear("q", x, 2 * HeadSize);
        k = block.Rotary(block.RmsNorm("k_norm", k, Epsilon, offset: 1), HeadSize, Rotary);
        q = block.Rotary(block.RmsNorm("q_norm", q, Epsilon, offset: 1), HeadSize, Rotary);
        PlanValue attended = block.Linear("o", block.Attention(q, k, v, HeadSize, window: 4, scale: 0.5), width);
        PlanValue middle = block.Add(block.Input, block.RmsNorm("norm2", attended, Epsilon, offset: 1));
        PlanValue y = block.RmsNorm("norm3", middle, Epsilon, offset: 1);
        PlanValue gated = block.Multiply(block.GeluTanh(block.Linear("gate", y, feedForward)), block.Linear("up", y, feedForward));
        return block.Build(block.Add(middle, block.RmsNorm("norm4", block.Linear("down", gated, width), Epsilon, offset: 1)));
    }

    /// <summary>Random weights for every operation; layers named in <paramref name="frozen"/> are dense.</summary>
    public static TrainableBlock Random(BlockPlan plan, Random random, int groupSize = QuantizationFormat.PerChannel, params string[] frozen)
    {
        var block = new TrainableBlock(plan);
        foreach (Operation operation in plan.Operations)
        {
            if (operation is LinearOperation linear)
            {
                int n = linear.Input.Width, m = linear.Output.Width;
                DifferentiableLinear weights = frozen.Contains(linear.Module)
                    ? new FrozenLinear(new DenseMatrix(m, n, Uniform(random, m * n, -0.4, 0.4)))
                    : Affine(random, n, m, new QuantizationFormat(2, groupSize));
                if (linear.HasBias)
                {
                    block.Set(linear, weights, new TrainedTensor(Uniform(random, m, -0.5, 0.5)));
                }
                else
                {
                    block.Set(linear, weights, (float[]?)null);
                }
            }
            else
            {
                block.Set(operation, [.. operation.Vectors.Select(vector => new TrainedTensor(Vector(random, vector)))]);
            }
        }
        return block;
    }

    /// <summary>Random numbers for a vector: about 1 for a norm's factors, about 0 for what is added.</summary>
    public static float[] Vector(Random random, OwnedTensor vector) =>
        vector.Part == "weight" ? Uniform(random, vector.Columns, 0.5, 1.5) : Uniform(random, vector.Columns);

    /// <summary>Random integers over the whole range, scales and offsets.</summary>
    public static TrainedLinear Affine(Random random, int inputs, int outputs, QuantizationFormat format)
    {
        var integers = new sbyte[inputs * outputs];
        for (int i = 0; i < integers.Length; i++)
        {
            integers[i] = (sbyte)random.Next(format.Alpha, format.Beta + 1);
        }
        int pairs = outputs * format.Groups(inputs);
        return new TrainedLinear(format, inputs, outputs, integers, Uniform(random, pairs, 0.1, 0.5), Uniform(random, pairs, -0.2, 0.4));
    }

    public static float[] Uniform(Random random, int length, double from = -1, double to = 1)
    {
        var values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (float)(from + ((to - from) * random.NextDouble()));
        }
        return values;
    }
}
