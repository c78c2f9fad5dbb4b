using System.Collections.Immutable;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Inference.Programs;

/// <summary>A block's plan rewritten for running: its operations in as few stages as can be, with their weights.</summary>
/// <remarks>
/// A decoded token of a Llama's block goes through five: norm, query, key and value; rotation and attention; output and residual; norm, gate, up and
/// activation; down and residual. Only the runtime rewrites: what is quantized and trained is the plan itself.
/// </remarks>
internal sealed class BlockProgram
{
    private BlockProgram(BlockPlan plan, ImmutableArray<Stage> stages)
    {
        Plan = plan;
        Stages = stages;
    }

    /// <summary>The block.</summary>
    public BlockPlan Plan { get; }

    /// <summary>The stages in order.</summary>
    public ImmutableArray<Stage> Stages { get; }

    /// <summary>Rewrites a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="weights">The weights that are bound to its operations.</param>
    /// <param name="firstState">The number, among those of a sequence, of the state of the block's first operation that has one.</param>
    public static BlockProgram Of(BlockPlan plan, BlockWeights weights, int firstState) =>
        new(plan, new BlockFusion(plan, weights, firstState).Stages());
}

/// <summary>The rewriting of one block.</summary>
internal sealed class BlockFusion
{
    private readonly BlockPlan _plan;
    private readonly BlockWeights _weights;
    private readonly ILookup<PlanValue, Operation> _readers;
    private readonly HashSet<Operation> _done = [];
    private readonly ImmutableArray<Stage>.Builder _stages = ImmutableArray.CreateBuilder<Stage>();
    private readonly List<Operation> _pending = [];
    private readonly HashSet<PlanValue> _made;
    private int _state;

    public BlockFusion(BlockPlan plan, BlockWeights weights, int firstState)
    {
        (_plan, _weights, _state) = (plan, weights, firstState);
        _readers = plan.Operations
            .SelectMany(o => o.Inputs.Distinct().Select(input => (Input: input, Reader: o)))
            .ToLookup(pair => pair.Input, pair => pair.Reader);
        _made = [plan.Input];
    }

    public ImmutableArray<Stage> Stages()
    {
        foreach (Operation operation in _plan.Operations)
        {
            if (_done.Contains(operation))
            {
                continue;
            }
            switch (operation)
            {
                case LinearOperation linear:
                    AddProduct(linear);
                    break;
                case AttentionOperation attention:
                    Add(new AttentionStage(TakePending(), attention, _weights, _state++));
                    Finish(attention);
                    break;
                case RecurrentOperation recurrent:
                    FlushRows();
                    Add(new RecurrentStage(recurrent, _weights, _state++));
                    Finish(recurrent);
                    break;
                default:
                    _pending.Add(operation);
                    _done.Add(operation);
                    break;
            }
        }
        FlushRows();
        return _stages.ToImmutable();
    }

    private void Add(Stage stage) => _stages.Add(stage);

    private void Finish(Operation operation)
    {
        _done.Add(operation);
        _made.Add(operation.Output);
    }

    private ImmutableArray<Operation> TakePending()
    {
        ImmutableArray<Operation> pending = [.. _pending];
        _made.UnionWith(pending.Select(o => o.Output));
        _pending.Clear();
        return pending;
    }

    private void FlushRows()
    {
        if (_pending.Count > 0)
        {
            Add(new RowStage(TakePending(), _weights));
        }
    }

    /// <summary>All layers that read what <paramref name="first"/> reads, and what can be done with their outputs while they are at hand.</summary>
    private void AddProduct(LinearOperation first)
    {
        LinearOperation[] layers = [.. _plan.Linears.Where(l => l.Input == first.Input && !_done.Contains(l))];
        ImmutableArray<Operation> before = TakePending();
        if (Gate(layers) is (LinearOperation gate, LinearOperation up, ActivationOperation activation, MultiplyOperation product))
        {
            Add(
                new ProductStage(
                    before, [new(gate, gate.Output), new(up, up.Output)], [activation, product], new ProductGate(activation, product.Output), _weights));
            foreach (Operation operation in (Operation[])[gate, up, activation, product])
            {
                Finish(operation);
            }
            return;
        }
        var outputs = ImmutableArray.CreateBuilder<ProductOutput>();
        var after = ImmutableArray.CreateBuilder<Operation>();
        foreach (LinearOperation layer in layers)
        {
            Finish(layer);
            if (SoleReader(layer.Output) is AddOperation add && Other(add, layer.Output) is PlanValue residual && _made.Contains(residual))
            {
                outputs.Add(new ProductOutput(layer, add.Output, residual));
                after.Add(add);
                Finish(add);
            }
            else
            {
                outputs.Add(new ProductOutput(layer, layer.Output));
            }
        }
        Add(new ProductStage(before, outputs.ToImmutable(), after.ToImmutable(), null, _weights));
    }

    /// <summary>Two layers of which one, through an activation, is multiplied with the other, and nothing else reads what is between.</summary>
    private (LinearOperation Gate, LinearOperation Up, ActivationOperation Activation, MultiplyOperation Product)? Gate(LinearOperation[] layers)
    {
        if (layers.Length != 2)
        {
            return null;
        }
        foreach ((LinearOperation gate, LinearOperation up) in
            (ReadOnlySpan<(LinearOperation, LinearOperation)>)[(layers[0], layers[1]), (layers[1], layers[0])])
        {
            if (SoleReader(gate.Output) is ActivationOperation activation
                && SoleReader(activation.Output) is MultiplyOperation product
                && SoleReader(up.Output) == product
                && gate.Output.Width == up.Output.Width)
            {
                return (gate, up, activation, product);
            }
        }
        return null;
    }

    private Operation? SoleReader(PlanValue value) => value != _plan.Output && _readers[value].Take(2).ToArray() is [Operation only] ? only : null;

    private static PlanValue? Other(AddOperation add, PlanValue value) => add.Left == add.Right ? null : add.Left == value ? add.Right : add.Left;
}
