using System.Collections.Immutable;

namespace DecoupleQ.Models.Plans;

/// <summary>
/// A group of linear layers of a block that read the same value, and what has to be run to make that value. Quantization goes stage by stage: run the
/// block up to the group, with the quantized layers before it, over all calibration sequences; solve the group's layers; go on.
/// </summary>
/// <param name="Operations">The operations that come before the group, from the block's start on.</param>
/// <param name="Layers">The layers, all with the same input.</param>
/// <remarks>Running from the start again costs about one more forward pass a block than keeping every stage's values would, and saves their memory.</remarks>
internal sealed record BlockStage(Range Operations, ImmutableArray<LinearOperation> Layers)
{
    /// <summary>The input that the layers share.</summary>
    public PlanValue LayerInput => Layers[0].Input;

    /// <summary>
    /// The stages of <paramref name="plan"/> in true-sequential order: layers with the same input together, each after all that it depends on.
    /// </summary>
    public static ImmutableArray<BlockStage> Of(BlockPlan plan)
    {
        var stages = ImmutableArray.CreateBuilder<BlockStage>();
        var solved = new HashSet<PlanValue>();
        for (int i = 0; i < plan.Operations.Length; i++)
        {
            if (plan.Operations[i] is LinearOperation first && solved.Add(first.Input))
            {
                stages.Add(new(..i, [.. plan.Linears.Where(l => l.Input == first.Input)]));
            }
        }
        return stages.ToImmutable();
    }
}
