namespace DecoupleQ.Generation.Sampling;

/// <summary>Takes from a token's logit for each time that the answer holds it, as OpenAI and vLLM do; the prompt does not count, unlike in llama.cpp.</summary>
/// <param name="penalty">What is taken each time; below 0 repetition is favoured.</param>
/// <param name="counts">What was seen so far.</param>
internal sealed class FrequencyPenalty(double penalty, TokenCounts counts) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> logits, ReadOnlySpan<int> generated)
    {
        foreach ((int id, int times) in counts)
        {
            logits[id] = (float)(logits[id] - (penalty * times));
        }
    }
}
