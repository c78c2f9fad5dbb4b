using System.Collections.Immutable;

namespace DecoupleQ.Models;

/// <summary>
/// A part of a block between two groups of linear layers. Quantization goes stage by stage: it runs a stage's operations over all calibration
/// sequences, solves the layers that read what the stage made, and goes on behind them with the quantized layers.
/// </summary>
/// <param name="Operations">The operations to run, as a range of the plan's.</param>
/// <param name="Layers">The linear layers to solve after it, all reading the same value; empty for the last stage.</param>
/// <param name="LiveIn">What the operations read that earlier stages made.</param>
/// <param name="LiveOut">What is made, here or earlier, and read by later stages: it has to be kept.</param>
internal sealed record BlockStage(
    Range Operations,
    ImmutableArray<LinearOperation> Layers,
    ImmutableArray<PlanValue> LiveIn,
    ImmutableArray<PlanValue> LiveOut)
{
    /// <summary>Whether the block's output is made here.</summary>
    public bool IsLast => Layers.IsEmpty;

    /// <summary>The input that the layers share; null for the last stage.</summary>
    public PlanValue? LayerInput => Layers.IsEmpty ? null : Layers[0].Input;

    /// <summary>Whether the stage's operations make <paramref name="value"/>; values are numbered as the operations that make them.</summary>
    public bool Makes(PlanValue value) => value.Index > Operations.Start.Value && value.Index <= Operations.End.Value;

    /// <summary>The stages of <paramref name="plan"/> in true-sequential order: layers with the same input together, each after all that it depends on.</summary>
    public static ImmutableArray<BlockStage> Of(BlockPlan plan)
    {
        var stages = ImmutableArray.CreateBuilder<BlockStage>();
        int start = 0;
        var solved = new HashSet<PlanValue>();
        for (int i = 0; i <= plan.Operations.Length; i++)
        {
            bool last = i == plan.Operations.Length;
            if (!last && (plan.Operations[i] is not LinearOperation linear || !solved.Add(linear.Input)))
            {
                continue;
            }
            ImmutableArray<LinearOperation> layers = last ? [] : [.. plan.Linears.Where(l => l.Input == plan.Operations[i].Inputs[0])];
            stages.Add(new(start..i, layers, LiveAcross(plan, start, reads: start..i), LiveAcross(plan, i, reads: i..plan.Operations.Length, last)));
            start = i;
        }
        return stages.ToImmutable();
    }

    // Values that exist before operation `position` and that an operation in `reads` still needs.
    private static ImmutableArray<PlanValue> LiveAcross(BlockPlan plan, int position, Range reads, bool atEnd = false)
    {
        if (atEnd)
        {
            return [plan.Output];
        }
        HashSet<PlanValue> made = [plan.Input, .. plan.Operations.AsSpan()[..position].ToArray().Select(o => o.Output)];
        return [.. plan.Operations.AsSpan()[reads].ToArray().SelectMany(o => o.Inputs).Where(made.Contains).Distinct().OrderBy(v => v.Index)];
    }
}
