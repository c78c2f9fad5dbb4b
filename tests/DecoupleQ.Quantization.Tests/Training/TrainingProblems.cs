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
    public static BlockTrainingProblem Create(int sequences = 6, int heldOut = 3, int tokens = 12, bool biases = false, string frozen = "", int seed = 1, BlockPlan? plan = null)
    {
        var random = new Random(seed);
        plan ??= Blocks.Llama(biases: biases, width: 32, feedForward: 64);
        var full = new BlockWeights(plan);
        var layers = new Dictionary<LinearOperation, LayerSolution>();
        var dense = new Dictionary<LinearOperation, WeightMatrix>();
        var vectors = new Dictionary<OwnedTensor, StoredVector>();
        foreach (Operation operation in plan.Operations)
        {
            if (operation is LinearOperation linear)
            {
                int n = linear.Input.Width, m = linear.Output.Width;
                float[] b = Blocks.Uniform(random, m * n, -0.3, 0.3);
                var matrix = new DenseMatrix(m, n, b);
                full.Set(linear, new LinearLayer(new FrozenLinear(matrix), linear.Vectors.Select(Vector).FirstOrDefault()));
                if (linear.Module == frozen)
                {
                    dense.Add(linear, matrix);
                }
                else
                {
                    layers.Add(linear, RoundToNearest(b, m, n, new QuantizationFormat(2, 16)));
                }
            }
            else
            {
                full.Set(operation, [.. operation.Vectors.Select(Vector)]);
            }
        }
        return new BlockTrainingProblem
        {
            Name = "layers.0",
            Plan = plan,
            Start = new BlockParameters { Layers = layers, Vectors = vectors },
            Frozen = dense,
            Training = Run(plan, full, random, sequences, tokens),
            HeldOut = heldOut == 0 ? null : Run(plan, full, random, heldOut, tokens),
        };

        float[] Vector(OwnedTensor vector)
        {
            vectors.Add(vector, StoredVector.Round(vector.ToStored(Blocks.Vector(random, vector)), ElementType.BF16));
            return vector.FromStored(vectors[vector].Values);
        }
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

    private static Samples Run(BlockPlan plan, BlockWeights weights, Random random, int sequences, int tokens)
    {
        using var workers = new Workers(1);
        var runner = new BlockRunner(plan, workers);
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
