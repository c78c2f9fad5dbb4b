using DecoupleQ.Models;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>A block's weights bound for training: the forward walk reads the same memory that training changes.</summary>
/// <param name="plan">The block.</param>
internal sealed class TrainableBlock(BlockPlan plan)
{
    private readonly DifferentiableLinear?[] _linears = new DifferentiableLinear?[plan.Values.Length];
    private readonly TrainedTensor?[]?[] _vectors = new TrainedTensor?[plan.Values.Length][];

    public BlockPlan Plan { get; } = plan;

    /// <summary>What the forward walk reads.</summary>
    public BlockWeights Weights { get; } = new(plan);

    /// <summary>Binds a linear layer whose bias, if it has one, stays as it is.</summary>
    public void Set(LinearOperation operation, DifferentiableLinear linear, float[]? bias)
    {
        _linears[operation.Output.Index] = linear;
        _vectors[operation.Output.Index] = [null];
        Weights.Set(operation, new LinearLayer(linear, bias));
    }

    /// <summary>Binds a linear layer whose bias is trained.</summary>
    public void Set(LinearOperation operation, DifferentiableLinear linear, TrainedTensor bias)
    {
        Set(operation, linear, bias.Values);
        _vectors[operation.Output.Index] = [bias];
    }

    /// <summary>Binds the vectors that an operation owns, in the order of <see cref="Operation.Vectors"/>; all are trained.</summary>
    public void Set(Operation operation, params TrainedTensor[] vectors)
    {
        _vectors[operation.Output.Index] = vectors;
        Weights.Set(operation, [.. vectors.Select(vector => vector.Values)]);
    }

    public DifferentiableLinear Linear(LinearOperation operation) => _linears[operation.Output.Index] ?? throw Unbound(operation);

    /// <summary>The bias of a linear layer; null if it has none, or one that is not trained.</summary>
    public TrainedTensor? Bias(LinearOperation operation) => (_vectors[operation.Output.Index] ?? throw Unbound(operation))[0];

    /// <summary>The vector of an operation that is no linear layer, by its slot in <see cref="Operation.Vectors"/>.</summary>
    public TrainedTensor Vector(Operation operation, int slot) => _vectors[operation.Output.Index]?[slot] ?? throw Unbound(operation);

    private static InvalidOperationException Unbound(Operation operation) => new($"{operation} has no weights yet.");
}
