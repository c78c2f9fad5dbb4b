namespace DecoupleQ.Generation.Sampling;

/// <summary>
/// Divides positive logits of the tokens that the prompt or the answer holds and multiplies negative ones (Keskar et al., CTRL, 2019): over prompt and answer
/// as transformers and vLLM do; llama.cpp looks at the last 64 tokens alone.
/// </summary>
/// <param name="penalty">As <see cref="GenerationRanges.RepetitionPenalty"/> has it; 1 changes nothing.</param>
/// <param name="counts">What was seen so far.</param>
internal sealed class RepetitionPenalty(double penalty, TokenCounts counts) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> logits, ReadOnlySpan<int> generated)
    {
        foreach ((int id, _) in counts)
        {
            logits[id] = (float)(logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty);
        }
    }
}
