using System.Collections.Immutable;
using DecoupleQ.Kernels;
using DecoupleQ.Kernels.Attending;

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

    /// <summary>All tensors that the operations own, in the order of evaluation.</summary>
    public IEnumerable<OwnedTensor> Tensors => Operations.SelectMany(operation => operation.Tensors);

    /// <summary>Weights that the operations own, norms and biases among them.</summary>
    public long Parameters => Tensors.Sum(tensor => tensor.Count);
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

    /// <summary>A norm of the whole row.</summary>
    /// <param name="module">Path in the block.</param>
    /// <param name="input">x.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="offset">What is added to the stored weight.</param>
    public PlanValue RmsNorm(string module, PlanValue input, float epsilon, float offset = 0) => HeadRmsNorm(module, input, input.Width, epsilon, offset);

    /// <summary>A norm of each head by itself, all with the same weights.</summary>
    /// <inheritdoc cref="RmsNorm"/>
    public PlanValue HeadRmsNorm(string module, PlanValue input, int headSize, float epsilon, float offset = 0) =>
        Append(new RmsNormOperation(module, input, Next(input.Width), headSize, epsilon) { WeightOffset = offset });

    public PlanValue LayerNorm(string module, PlanValue input, float epsilon, bool bias = true) =>
        Append(new LayerNormOperation(module, input, Next(input.Width), epsilon, bias));

    public PlanValue Rotary(PlanValue input, int headSize, RotaryEmbedding rotary) =>
        Append(new RotaryOperation(input, Next(input.Width), input.Width / headSize, headSize, rotary));

    /// <summary>Attention; the keys' width says how many heads keys and values have, the values' width how wide theirs are.</summary>
    /// <param name="queries">heads x head size.</param>
    /// <param name="keys">key and value heads x head size.</param>
    /// <param name="values">key and value heads x value size.</param>
    /// <param name="headSize">Numbers of a query or key head.</param>
    /// <param name="window">Positions that a query sees; null for all earlier ones.</param>
    /// <param name="scale">Factor on the scores; null for <c>1 / sqrt(headSize)</c>.</param>
    public PlanValue Attention(PlanValue queries, PlanValue keys, PlanValue values, int headSize, int? window = null, double? scale = null)
    {
        int heads = queries.Width / headSize, keyValueHeads = keys.Width / headSize, valueSize = values.Width / keyValueHeads;
        var shape = new AttentionShape(heads, keyValueHeads, headSize, (float)(scale ?? (1 / Math.Sqrt(headSize))), window) { ValueSize = valueSize };
        return Append(new AttentionOperation(queries, keys, values, Next(heads * valueSize), shape));
    }

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
