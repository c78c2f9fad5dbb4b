namespace DecoupleQ.Generation.Sampling;

/// <summary>
/// Leaves the tokens whose information <c>-ln p</c> is nearest to the entropy of the tokens left so far, as few as together reach a share of their probability
/// (locally typical sampling, Meister et al., 2022), as transformers and llama.cpp do. Of equally near ones the lowest ids come first.
/// </summary>
/// <param name="share">Above 0, below 1.</param>
/// <param name="vocabulary">Number of ids.</param>
internal sealed class TypicalP(double share, int vocabulary) : ITruncation
{
    private readonly float[] _nearness = new float[vocabulary];
    private readonly float[] _left = new float[vocabulary];

    /// <inheritdoc/>
    public void Narrow(ref Ranking ranking)
    {
        TokenWeights weights = ranking.Weights;
        double mass = ranking.Kept.Mass, logMass = Math.Log(mass / weights.Heaviest), entropy = 0;
        for (int id = 0; id < vocabulary; id++)
        {
            if (ranking.Keeps(id))
            {
                entropy += weights.Of(id) / mass * Information(weights, id, logMass);
            }
        }
        float nearest = float.NegativeInfinity, farthest = float.PositiveInfinity;
        for (int id = 0; id < vocabulary; id++)
        {
            _nearness[id] = float.NegativeInfinity;
            if (ranking.Keeps(id))
            {
                _nearness[id] = -(float)Math.Abs(Information(weights, id, logMass) - entropy);
                nearest = Math.Max(nearest, _nearness[id]);
                farthest = Math.Min(farthest, _nearness[id]);
            }
        }
        var typical = new Ranking(_nearness, farthest, nearest, weights, ranking.Memory);
        typical.KeepShare(share);
        float least = float.PositiveInfinity, best = float.NegativeInfinity;
        for (int id = 0; id < vocabulary; id++)
        {
            _left[id] = float.NegativeInfinity;
            if (typical.Keeps(id))
            {
                _left[id] = weights.Logits[id];
                least = Math.Min(least, _left[id]);
                best = Math.Max(best, _left[id]);
            }
        }
        ranking = new Ranking(new TokenWeights(_left, new(least, best), weights.Temperature), ranking.Memory);
    }

    private static double Information(TokenWeights weights, int id, double logMass) =>
        logMass + ((weights.Best - (double)weights.Logits[id]) / weights.Temperature);
}
