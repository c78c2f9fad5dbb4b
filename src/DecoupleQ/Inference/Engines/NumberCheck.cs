using System.Numerics.Tensors;
using DecoupleQ.Inference.Programs;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;

namespace DecoupleQ.Inference.Engines;

/// <summary>Finds where numbers stopped being finite.</summary>
internal sealed class NumberCheck(ModelProgram program, ModelPlan plan, StateFactory factory, Workers workers, StepLimits limits)
{
    /// <summary>Whether all numbers are finite.</summary>
    public static bool AreFinite(ReadOnlySpan<float> numbers) => float.IsFinite(TensorPrimitives.MaxMagnitude(numbers));

    /// <summary>Runs a sequence again, block by block, to say where its logits come from.</summary>
    public DecoupleQException Explain(SequenceState sequence)
    {
        var rows = new StepRows();
        using var state = new SequenceState(factory, KeyValueFormat.F32, sequence.ExpectedLength, exact: true);
        state.Ids.AddRange(sequence.Ids);
        int? first = null;
        string where = "the output head";
        while (state.Pending > 0 && first is null)
        {
            int tokens = Math.Min(limits.Prompts, state.Pending);
            rows.Clear();
            state.Reserve(tokens);
            rows.Add(state, tokens, decodes: false);
            program.RunBlocks(rows, workers, () => first is not null, block =>
            {
                if (first is null && !AreFinite(rows.Rows(program.Hidden, 0, tokens)))
                {
                    first = block;
                }
            });
        }
        if (first is int found)
        {
            where = plan.BlockPrefix(found).TrimEnd('.');
        }
        return new DecoupleQException(
            $"The model's logits are not finite; the first numbers that are not come from {where}.",
            field: where,
            expected: "weights that are finite, and of a size that float32 arithmetic can work with");
    }
}
