using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels;
using DecoupleQ.Tensors;

namespace DecoupleQ.Models;

/// <summary>A linear layer ready to run.</summary>
/// <param name="Kernel">The weight in the layout it is run in.</param>
/// <param name="Bias">One number an output, or null.</param>
internal sealed record LinearLayer(LinearKernel Kernel, float[]? Bias);

/// <summary>The weights of a layer norm.</summary>
/// <param name="Weight">One factor a feature.</param>
/// <param name="Bias">One term a feature, or null.</param>
internal sealed record LayerNormWeights(float[] Weight, float[]? Bias);

/// <summary>The weights of one block, bound to the operations of its plan.</summary>
internal sealed class BlockWeights
{
    private readonly LinearLayer?[] _linears;
    private readonly float[]?[] _norms;
    private readonly LayerNormWeights?[] _layerNorms;

    /// <param name="plan">The plan that the weights belong to.</param>
    public BlockWeights(BlockPlan plan)
    {
        _linears = new LinearLayer?[plan.Values.Length];
        _norms = new float[]?[plan.Values.Length];
        _layerNorms = new LayerNormWeights?[plan.Values.Length];
    }

    /// <summary>Binds a linear layer.</summary>
    public void Set(LinearOperation operation, LinearLayer layer) => _linears[operation.Output.Index] = layer;

    /// <summary>Binds the weights of a norm.</summary>
    public void Set(RmsNormOperation operation, float[] weight) => _norms[operation.Output.Index] = weight;

    /// <summary>Binds the weights of a layer norm.</summary>
    public void Set(LayerNormOperation operation, LayerNormWeights weights) => _layerNorms[operation.Output.Index] = weights;

    /// <summary>The layer bound to <paramref name="operation"/>.</summary>
    public LinearLayer Get(LinearOperation operation) => _linears[operation.Output.Index] ?? throw Unbound(operation.Module);

    /// <summary>The weights bound to <paramref name="operation"/>.</summary>
    public float[] Get(RmsNormOperation operation) => _norms[operation.Output.Index] ?? throw Unbound(operation.Module);

    /// <summary>The weights bound to <paramref name="operation"/>.</summary>
    public LayerNormWeights Get(LayerNormOperation operation) => _layerNorms[operation.Output.Index] ?? throw Unbound(operation.Module);

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
            switch (operation)
            {
                case LinearOperation linear:
                    weights.Set(linear, new LinearLayer(prepare(tensors.Weight(prefix, linear)), tensors.Bias(prefix, linear)));
                    break;
                case RmsNormOperation norm:
                    weights.Set(norm, tensors.Norm(prefix + norm.Module, norm.Size));
                    break;
                case LayerNormOperation norm:
                    weights.Set(norm, new LayerNormWeights(tensors.Norm(prefix + norm.Module, norm.Input.Width), tensors.Bias(prefix, norm)));
                    break;
            }
        }
        return weights;
    }

    private static InvalidOperationException Unbound(string module) => new($"{module} has no weights yet.");
}
