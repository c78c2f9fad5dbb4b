using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels;
using DecoupleQ.Tensors;

namespace DecoupleQ.Models;

/// <summary>A linear layer ready to run.</summary>
/// <param name="Kernel">The weight in the layout it is run in.</param>
/// <param name="Bias">One number an output, or null.</param>
internal sealed record LinearLayer(LinearKernel Kernel, float[]? Bias);

/// <summary>The weights of one block, bound to the operations of its plan.</summary>
internal sealed class BlockWeights
{
    private readonly LinearLayer?[] _linears;
    private readonly float[][]?[] _vectors;

    /// <param name="plan">The plan that the weights belong to.</param>
    public BlockWeights(BlockPlan plan)
    {
        _linears = new LinearLayer?[plan.Values.Length];
        _vectors = new float[plan.Values.Length][][];
    }

    /// <summary>Binds a linear layer.</summary>
    public void Set(LinearOperation operation, LinearLayer layer)
    {
        _linears[operation.Output.Index] = layer;
        _vectors[operation.Output.Index] = layer.Bias is float[] bias ? [bias] : [];
    }

    /// <summary>Binds the vectors that an operation owns, in the order of <see cref="Operation.Vectors"/>, as it works with them.</summary>
    public void Set(Operation operation, params float[][] vectors) => _vectors[operation.Output.Index] = vectors;

    /// <summary>The layer bound to <paramref name="operation"/>.</summary>
    public LinearLayer Get(LinearOperation operation) => _linears[operation.Output.Index] ?? throw Unbound(operation);

    /// <summary>The vector bound to <paramref name="operation"/> that stands at <paramref name="slot"/> in its <see cref="Operation.Vectors"/>.</summary>
    public float[] Vector(Operation operation, int slot) => (_vectors[operation.Output.Index] ?? throw Unbound(operation))[slot];

    /// <summary>Reads all weights of a block.</summary>
    /// <param name="tensors">The checkpoint's weights.</param>
    /// <param name="plan">The block.</param>
    /// <param name="prefix">What the block's modules stand under.</param>
    /// <param name="prepare">Makes a kernel of a stored matrix.</param>
    /// <exception cref="DecoupleQException">A tensor is missing, damaged or of another shape than the plan's.</exception>
    public static BlockWeights Read(WeightReader tensors, BlockPlan plan, string prefix, Func<WeightMatrix, LinearKernel> prepare)
    {
        var weights = new BlockWeights(plan);
        foreach (Operation operation in plan.Operations)
        {
            float[][] vectors = [.. operation.Vectors.Select(vector => vector.FromStored(tensors.Vector(prefix, vector)))];
            if (operation is LinearOperation linear)
            {
                weights.Set(linear, new LinearLayer(prepare(tensors.Weight(prefix, linear)), vectors.FirstOrDefault()));
            }
            else
            {
                weights.Set(operation, vectors);
            }
        }
        return weights;
    }

    private static InvalidOperationException Unbound(Operation operation) => new($"{operation} has no weights yet.");
}
