using System.Collections.Immutable;

namespace DecoupleQ.Models;

/// <summary>A transformer block as a value: operations in the order in which they are evaluated, each naming the tensors it owns.</summary>
/// <param name="Input">What enters.</param>
/// <param name="Output">What leaves, as wide as the input.</param>
/// <param name="Operations">The operations; each reads the input or outputs of earlier ones.</param>
internal sealed record BlockPlan(PlanValue Input, PlanValue Output, ImmutableArray<Operation> Operations)
{
    /// <summary>Every value of the plan, by index; the input is the first.</summary>
    public ImmutableArray<PlanValue> Values { get; } = [Input, .. Operations.Select(o => o.Output)];

    /// <summary>The linear layers, in the order of evaluation.</summary>
    public IEnumerable<LinearOperation> Linears => Operations.OfType<LinearOperation>();

    /// <summary>Weights that the operations own, norms and biases among them.</summary>
    public long Parameters => Operations.Sum(operation => operation switch
    {
        LinearOperation linear => ((long)linear.Input.Width + (linear.HasBias ? 1 : 0)) * linear.Output.Width,
        RmsNormOperation norm => norm.Size,
        LayerNormOperation norm => (norm.HasBias ? 2L : 1L) * norm.Input.Width,
        _ => 0,
    });
}

/// <summary>Writes a plan down in the order in which data flows.</summary>
internal sealed class BlockPlanBuilder
{
    private readonly ImmutableArray<Operation>.Builder _operations = ImmutableArray.CreateBuilder<Operation>();

    /// <param name="width">Numbers a token at the block's input.</param>
    public BlockPlanBuilder(int width) => Input = new PlanValue(0, width);

    /// <summary>What enters the block.</summary>
    public PlanValue Input { get; }

    public PlanValue Linear(string module, PlanValue input, int outputs, bool bias = false) =>
        Append(new LinearOperation(module, input, Next(outputs), bias));

    public PlanValue RmsNorm(string module, PlanValue input, float epsilon) =>
        Append(new RmsNormOperation(module, input, Next(input.Width), input.Width, epsilon));

    /// <summary>A norm of each head by itself, all with the same weights.</summary>
    public PlanValue HeadRmsNorm(string module, PlanValue input, int headSize, float epsilon) =>
        Append(new RmsNormOperation(module, input, Next(input.Width), headSize, epsilon));

    public PlanValue LayerNorm(string module, PlanValue input, float epsilon, bool bias = true) =>
        Append(new LayerNormOperation(module, input, Next(input.Width), epsilon, bias));

    public PlanValue Rotary(PlanValue input, int headSize) =>
        Append(new RotaryOperation(input, Next(input.Width), input.Width / headSize, headSize));

    public PlanValue Attention(PlanValue queries, PlanValue keys, PlanValue values, int headSize, int? window = null) =>
        Append(new AttentionOperation(
            queries,
            keys,
            values,
            Next(queries.Width),
            new(queries.Width / headSize, keys.Width / headSize, headSize, (float)(1 / Math.Sqrt(headSize)), window)));

    public PlanValue Silu(PlanValue input) => Append(new SiluOperation(input, Next(input.Width)));

    public PlanValue Multiply(PlanValue left, PlanValue right) => Append(new MultiplyOperation(left, right, Next(left.Width)));

    public PlanValue Add(PlanValue left, PlanValue right) => Append(new AddOperation(left, right, Next(left.Width)));

    /// <summary>The finished plan.</summary>
    public BlockPlan Build(PlanValue output) => new(Input, output, _operations.ToImmutable());

    private PlanValue Next(int width) => new(_operations.Count + 1, width);

    private PlanValue Append(Operation operation)
    {
        _operations.Add(operation);
        return operation.Output;
    }
}
