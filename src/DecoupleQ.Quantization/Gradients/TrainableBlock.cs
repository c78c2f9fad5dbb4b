using DecoupleQ.Models;

namespace DecoupleQ.Quantization.Gradients;

/// <summary>A block's weights bound for training: the forward walk reads the same memory that training changes.</summary>
/// <param name="plan">The block.</param>
internal sealed class TrainableBlock(BlockPlan plan)
{
    private readonly DifferentiableLinear?[] _linears = new DifferentiableLinear?[plan.Values.Length];
    private readonly TrainedTensor?[] _biases = new TrainedTensor?[plan.Values.Length];
    private readonly TrainedTensor?[] _norms = new TrainedTensor?[plan.Values.Length];

    public BlockPlan Plan { get; } = plan;

    /// <summary>What the forward walk reads.</summary>
    public BlockWeights Weights { get; } = new(plan);

    /// <summary>Binds a linear layer whose bias, if it has one, stays as it is.</summary>
    public void Set(LinearOperation operation, DifferentiableLinear linear, float[]? bias)
    {
        _linears[operation.Output.Index] = linear;
        _biases[operation.Output.Index] = null;
        Weights.Set(operation, new LinearLayer(linear, bias));
    }

    /// <summary>Binds a linear layer whose bias is trained.</summary>
    public void Set(LinearOperation operation, DifferentiableLinear linear, TrainedTensor bias)
    {
        Set(operation, linear, bias.Values);
        _biases[operation.Output.Index] = bias;
    }

    /// <summary>Binds a norm's weight.</summary>
    public void Set(RmsNormOperation operation, TrainedTensor weight)
    {
        _norms[operation.Output.Index] = weight;
        Weights.Set(operation, weight.Values);
    }

    /// <summary>Binds a layer norm's weight, and its bias if it has one.</summary>
    public void Set(LayerNormOperation operation, TrainedTensor weight, TrainedTensor? bias)
    {
        _norms[operation.Output.Index] = weight;
        _biases[operation.Output.Index] = bias;
        Weights.Set(operation, new LayerNormWeights(weight.Values, bias?.Values));
    }

    public DifferentiableLinear Linear(LinearOperation operation) => _linears[operation.Output.Index] ?? throw Unbound(operation.Module);

    /// <summary>The bias of a linear layer or a layer norm; null if it has none, or one that is not trained.</summary>
    public TrainedTensor? Bias(Operation operation) => _biases[operation.Output.Index];

    /// <summary>The weight of a norm.</summary>
    public TrainedTensor Norm(Operation operation) => _norms[operation.Output.Index] ?? throw Unbound(operation.ToString());

    private static InvalidOperationException Unbound(string module) => new($"{module} has no weights yet.");
}
