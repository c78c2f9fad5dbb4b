namespace DecoupleQ.Generation.Sampling;

/// <summary>
/// Leaves the most probable tokens, as few as together reach a share of the probability of those left so far (nucleus sampling, Holtzman et al., 2019), as
/// transformers, llama.cpp and vLLM do.
/// </summary>
/// <param name="share">Above 0, below 1.</param>
internal sealed class TopP(double share) : ITruncation
{
    /// <inheritdoc/>
    public void Narrow(ref Ranking ranking) => ranking.KeepShare(share);
}
