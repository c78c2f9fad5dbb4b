namespace DecoupleQ.Generation.Sampling;

/// <summary>
/// Takes from the logits of the tokens that the answer holds, however often, as OpenAI and vLLM do; the prompt does not count, unlike in llama.cpp.
/// </summary>
/// <param name="penalty">What is taken; below 0 repetition is favoured.</param>
/// <param name="counts">What was seen so far.</param>
internal sealed class PresencePenalty(double penalty, TokenCounts counts) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> logits, ReadOnlySpan<int> generated)
    {
        foreach ((int id, int times) in counts)
        {
            logits[id] = (float)(logits[id] - (times > 0 ? penalty : 0));
        }
    }
}
