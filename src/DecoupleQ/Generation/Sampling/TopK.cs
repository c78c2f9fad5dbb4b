namespace DecoupleQ.Generation.Sampling;

/// <summary>
/// Leaves the <paramref name="count"/> most probable tokens: exactly so many, as llama.cpp does; transformers and vLLM also keep those that tie with the last.
/// </summary>
/// <param name="count">At least 1.</param>
internal sealed class TopK(int count) : ITruncation
{
    /// <inheritdoc/>
    public void Narrow(ref Ranking ranking) => ranking.KeepFirst(count);
}
