using System.Collections.Immutable;
using System.Runtime.InteropServices;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Inference.Programs;

/// <summary>A model rewritten for running: what a step goes through. One step at a time.</summary>
internal sealed class ModelProgram
{
    private readonly ModelPlan _plan;
    private readonly TokenEmbedding _embedding;
    private readonly ImmutableArray<BlockProgram> _blocks;
    private readonly BlockProgram _final;
    private readonly BlockProgram _head;

    /// <param name="plan">The model.</param>
    /// <param name="weights">Its weights.</param>
    public ModelProgram(ModelPlan plan, ModelWeights weights)
    {
        _plan = plan;
        _embedding = weights.Embedding;
        int state = 0;
        var blocks = ImmutableArray.CreateBuilder<BlockProgram>(plan.Blocks.Length);
        for (int i = 0; i < plan.Blocks.Length; i++)
        {
            blocks.Add(BlockProgram.Of(plan.Blocks[i], weights.Blocks[i], state));
            state += StateFactory.Stateful(plan.Blocks[i]).Count();
        }
        _blocks = blocks.MoveToImmutable();
        _final = BlockProgram.Of(plan.Final, weights.Final, state);
        (BlockPlan head, BlockWeights headWeights) = Head(plan, weights);
        _head = BlockProgram.Of(head, headWeights, state);
        Kernels =
        [
            .. plan.Blocks.SelectMany((block, i) => block.Linears.Select(layer => (SlabKernel)weights.Blocks[i].Get(layer).Kernel)),
            (SlabKernel)weights.Head,
        ];
    }

    /// <summary>Where the hidden states are that the blocks leave.</summary>
    public PlanValue Hidden => _plan.Blocks[0].Input;

    /// <summary>The weights of all linear layers and of the head.</summary>
    public ImmutableArray<SlabKernel> Kernels { get; }

    /// <summary>Stages of a block when decoding: so often threads wait for each other, and once more where attention is split.</summary>
    public int StagesOf(int block) => _blocks[block].Stages.Length;

    /// <summary>Runs the blocks over a step's rows; their hidden states are then in <see cref="Hidden"/>.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="workers">The team.</param>
    /// <param name="abandoned">Asked between stages whether nobody waits for the step any more.</param>
    /// <param name="after">Called after the embedding with -1, and after each block with its number.</param>
    /// <returns>Whether the step was run to its end.</returns>
    public bool RunBlocks(StepRows rows, Workers workers, Func<bool> abandoned, Action<int> after)
    {
        rows.Prepare(_plan.Blocks[0]);
        Embed(rows);
        after(-1);
        for (int i = 0; i < _blocks.Length; i++)
        {
            BlockProgram block = _blocks[i];
            rows.Prepare(block.Plan);
            foreach (Stage stage in block.Stages)
            {
                if (abandoned())
                {
                    return false;
                }
                stage.Run(rows, workers);
            }
            rows.PassOn(block.Plan.Output, block.Plan.Input);
            after(i);
        }
        foreach (Segment segment in rows.Segments)
        {
            segment.State.Advance(segment.Rows);
        }
        return true;
    }

    /// <summary>Makes logits of hidden states.</summary>
    /// <param name="rows">Rows, with the hidden states in <see cref="HeadInput"/>.</param>
    /// <param name="workers">The team.</param>
    /// <returns>Where the logits are.</returns>
    public PlanValue RunHead(StepRows rows, Workers workers) => Run(_head, rows, workers);

    /// <summary>Makes what the head would be given of hidden states.</summary>
    /// <param name="rows">Rows, with the hidden states in <see cref="HeadInput"/>.</param>
    /// <param name="workers">The team.</param>
    /// <returns>Where it is.</returns>
    public PlanValue RunFinal(StepRows rows, Workers workers) => Run(_final, rows, workers);

    /// <summary>Where <see cref="RunHead"/> and <see cref="RunFinal"/> look for hidden states.</summary>
    public PlanValue HeadInput => _final.Plan.Input;

    /// <summary>Makes room for rows of hidden states.</summary>
    public void PrepareHead(StepRows rows) => rows.Prepare(_head.Plan);

    private static PlanValue Run(BlockProgram program, StepRows rows, Workers workers)
    {
        foreach (Stage stage in program.Stages)
        {
            stage.Run(rows, workers);
        }
        return program.Plan.Output;
    }

    private void Embed(StepRows rows)
    {
        foreach (Segment segment in rows.Segments)
        {
            _embedding.Read(
                CollectionsMarshal.AsSpan(segment.State.Ids).Slice(segment.State.Length, segment.Rows), rows.Rows(Hidden, segment.FirstRow, segment.Rows));
        }
    }

    // The operations after the last block and the head's product as one plan, so that they are fused as any other's are.
    private static (BlockPlan Plan, BlockWeights Weights) Head(ModelPlan plan, ModelWeights weights)
    {
        BlockPlan final = plan.Final;
        var head = new LinearOperation(plan.Head, final.Output, new PlanValue(final.Values.Length, plan.VocabularySize), HasBias: false);
        var whole = new BlockPlan(final.Input, head.Output, [.. final.Operations, head]);
        var bound = new BlockWeights(whole);
        foreach (Operation operation in final.Operations)
        {
            bound.Set(operation, [.. operation.Vectors.Select((_, slot) => weights.Final.Vector(operation, slot))]);
        }
        bound.Set(head, new LinearLayer(weights.Head, null));
        return (whole, bound);
    }
}
