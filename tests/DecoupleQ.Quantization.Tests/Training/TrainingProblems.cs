using DecoupleQ.Kernels;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tests.Gradients;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Training;

/// <summary>A random block rounded to nearest, with the outputs of the unrounded one as targets.</summary>
internal static class TrainingProblems
{
    public static BlockTrainingProblem Create(
        int sequences = 6,
        int heldOut = 3,
        int tokens = 12,
        bool biases = false,
        string frozen = "",
        int seed = 1,
        BlockPlan? plan = null)
    {
        var random = new Random(seed);
        plan ??= Blocks.Llama(biases: biases, width: 32, feedForward: 64);
        var rotary = new RotaryEmbedding(Blocks.Frequencies);
        var full = new BlockWeights(plan);
        var layers = new Dictionary<LinearOperation, LayerSolution>();
        var dense = new Dictionary<LinearOperation, WeightMatrix>();
        var norms = new Dictionary<Operation, StoredVector>();
        var offsets = new Dictionary<Operation, StoredVector>();
        foreach (Operation operation in plan.Operations)
        {
            if (operation is LinearOperation linear)
            {
                int n = linear.Input.Width, m = linear.Output.Width;
                float[] b = Blocks.Uniform(random, m * n, -0.3, 0.3);
                var matrix = new DenseMatrix(m, n, b);
                float[]? bias = null;
                if (linear.HasBias)
                {
                    offsets[linear] = StoredVector.Round(Blocks.Uniform(random, m), ElementType.BF16);
                    bias = offsets[linear].Values;
                }
                full.Set(linear, new LinearLayer(new FrozenLinear(matrix), bias));
                if (linear.Module == frozen)
                {
                    dense.Add(linear, matrix);
                }
                else
                {
                    layers.Add(linear, RoundToNearest(b, m, n, new QuantizationFormat(2, 16)));
                }
            }
            else if (operation is RmsNormOperation norm)
            {
                norms.Add(norm, StoredVector.Round(Blocks.Uniform(random, norm.Size, 0.5, 1.5), ElementType.BF16));
                full.Set(norm, norms[norm].Values);
            }
            else if (operation is LayerNormOperation layerNorm)
            {
                norms.Add(layerNorm, StoredVector.Round(Blocks.Uniform(random, layerNorm.Input.Width, 0.5, 1.5), ElementType.BF16));
                if (layerNorm.HasBias)
                {
                    offsets.Add(layerNorm, StoredVector.Round(Blocks.Uniform(random, layerNorm.Input.Width), ElementType.BF16));
                }
                full.Set(layerNorm, new LayerNormWeights(norms[layerNorm].Values, layerNorm.HasBias ? offsets[layerNorm].Values : null));
            }
        }
        return new BlockTrainingProblem
        {
            Name = "layers.0",
            Plan = plan,
            Rotary = rotary,
            Start = new BlockParameters { Layers = layers, Norms = norms, Biases = offsets },
            Frozen = dense,
            Training = Run(plan, rotary, full, random, sequences, tokens),
            HeldOut = heldOut == 0 ? null : Run(plan, rotary, full, random, heldOut, tokens),
        };
    }

    /// <summary>Min-max scales, stored as F16.</summary>
    private static LayerSolution RoundToNearest(float[] b, int m, int n, QuantizationFormat format)
    {
        int size = format.ColumnsPerGroup(n), pairs = m * format.Groups(n);
        float[] scales = new float[pairs], offsets = new float[pairs];
        var integers = new sbyte[b.Length];
        for (int g = 0; g < pairs; g++)
        {
            ReadOnlySpan<float> group = b.AsSpan(g * size, size);
            float low = System.Numerics.Tensors.TensorPrimitives.Min(group), high = System.Numerics.Tensors.TensorPrimitives.Max(group);
            scales[g] = (high - low) / (format.Beta - format.Alpha);
            offsets[g] = low - (format.Alpha * scales[g]);
        }
        StoredPair.Round(format, ElementType.F16, scales, offsets);
        for (int i = 0; i < b.Length; i++)
        {
            integers[i] = (sbyte)Math.Clamp(MathF.Floor(((b[i] - offsets[i / size]) / scales[i / size]) + 0.5f), format.Alpha, format.Beta);
        }
        return new LayerSolution(format, integers, scales, offsets, ElementType.F16, 0, 0);
    }

    private static Samples Run(BlockPlan plan, RotaryEmbedding rotary, BlockWeights weights, Random random, int sequences, int tokens)
    {
        using var workers = new Workers(1);
        var runner = new BlockRunner(plan, rotary, workers);
        var values = new BlockBuffers();
        var samples = new Samples(new float[sequences][], new float[sequences][], plan.Input.Width);
        for (int i = 0; i < sequences; i++)
        {
            samples.Inputs[i] = Blocks.Uniform(random, tokens * plan.Input.Width);
            samples.Inputs[i].CopyTo(values.Rows(plan.Input, tokens), 0);
            runner.Run(weights, values, tokens);
            samples.Targets[i] = values.Rows(plan.Output, tokens)[..(tokens * plan.Output.Width)];
        }
        return samples;
    }
}
