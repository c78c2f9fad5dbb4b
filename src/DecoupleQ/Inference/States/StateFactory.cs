using System.Collections.Immutable;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Models;
using DecoupleQ.Tensors;

namespace DecoupleQ.Inference.States;

/// <summary>Makes what a sequence keeps: a state for every operation of a model that has one, in the order of the plan.</summary>
internal sealed class StateFactory(ModelPlan plan, KeyValueStore store)
{
    private readonly ImmutableArray<Operation> _operations = [.. plan.Blocks.SelectMany(Stateful)];

    /// <summary>Where keys and values are.</summary>
    public KeyValueStore Store => store;

    /// <summary>The operations of a block that keep something.</summary>
    public static IEnumerable<Operation> Stateful(BlockPlan block) => block.Operations.Where(o => o is AttentionOperation or RecurrentOperation);

    /// <summary>States of a sequence without tokens.</summary>
    public OperationState[] Begin(KeyValueFormat format) =>
    [
        .. _operations.Select<Operation, OperationState>(operation => operation switch
        {
            AttentionOperation attention => new KeyValueState(store, attention.Shape, format),
            RecurrentOperation recurrent => new RecurrentState(recurrent.Begin()),
            _ => throw new NotSupportedException($"{operation.GetType().Name} has no state."),
        }),
    ];

    /// <summary>Bytes of keys and values that a token takes, window or not, when pages are full.</summary>
    public double BytesPerToken(KeyValueFormat format) => _operations.OfType<AttentionOperation>().Sum(attention =>
        (double)new PageLayout(format, attention.Shape.KeyValueHeads, attention.Shape.HeadSize, attention.Shape.ValueSize).Bytes / PageLayout.Positions);
}
