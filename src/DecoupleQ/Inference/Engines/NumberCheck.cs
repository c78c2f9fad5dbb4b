using System.Numerics.Tensors;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Inference.Engines;

/// <summary>Notices where the numbers of a request stop being finite, so that an error can say where its logits come from.</summary>
/// <remarks>
/// It looks at the numbers of the step itself: computed again in other pieces, another role or another arithmetic they may well be finite. A look takes
/// less than a thousandth of a block's time.
/// </remarks>
internal sealed class NumberCheck(ModelPlan plan)
{
    /// <summary>Whether all numbers are finite.</summary>
    public static bool AreFinite(ReadOnlySpan<float> numbers) => float.IsFinite(TensorPrimitives.MaxMagnitude(numbers));

    /// <summary>Notes a block if it is the first that left a request a number that is not finite.</summary>
    /// <param name="request">The request.</param>
    /// <param name="block">The block's number; -1 for the embedding.</param>
    /// <param name="hidden">What it left of the request's rows.</param>
    public static void Look(StepRequest request, int block, ReadOnlySpan<float> hidden)
    {
        if (request.FirstNotFinite is null && !AreFinite(hidden))
        {
            request.FirstNotFinite = block;
        }
    }

    /// <summary>Says where a request's logits come from, which are not finite.</summary>
    public DecoupleQException Explain(StepRequest request)
    {
        string where = request.FirstNotFinite switch
        {
            null => "the output head",
            -1 => plan.Embedding,
            int block => plan.BlockPrefix(block).TrimEnd('.'),
        };
        return new DecoupleQException(
            $"The model's logits are not finite; the first numbers that are not come from {where}.",
            field: where,
            expected: "weights that are finite, and of a size that float32 arithmetic can work with")
        {
            IsModelFault = true,
        };
    }
}
