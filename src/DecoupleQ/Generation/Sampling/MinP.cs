namespace DecoupleQ.Generation.Sampling;

/// <summary>
/// Leaves the tokens that are at least <paramref name="share"/> times as probable as the best (Nguyen et al., 2024), as transformers, llama.cpp and vLLM do.
/// </summary>
/// <param name="share">Above 0, at most 1.</param>
internal sealed class MinP(double share) : ITruncation
{
    /// <inheritdoc/>
    public void Narrow(ref Ranking ranking)
    {
        double exact = ranking.Weights.Best + (Math.Log(share) * ranking.Weights.Temperature);
        float least = (float)exact;
        ranking.KeepFirst(ranking.CountFrom(least < exact ? MathF.BitIncrement(least) : least));
    }
}
