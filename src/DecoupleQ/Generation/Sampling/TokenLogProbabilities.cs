namespace DecoupleQ.Generation.Sampling;

/// <summary>The log-probability of a generated token, and of those that the model thought the most probable in its place.</summary>
/// <remarks>
/// They are the model's own: the natural logarithm of the softmax of its logits, before bias, penalties, masks, temperature and truncation, as OpenAI and vLLM
/// give them. So the chosen token need not be among the best, and with a constraint it may be improbable.
/// </remarks>
/// <param name="Id">The chosen token.</param>
/// <param name="LogProbability">Its own.</param>
/// <param name="Best">The most probable tokens, the best first, of equal ones the lowest id first; as many as were asked for.</param>
public sealed record TokenLogProbabilities(int Id, double LogProbability, IReadOnlyList<TokenLogProbability> Best)
{
    /// <summary>Those of a token and of the <paramref name="count"/> best.</summary>
    internal static TokenLogProbabilities Of(ReadOnlySpan<float> logits, int id, int count)
    {
        double logSum = Kernels.Elementwise.Softmax.LogSumExp(logits);
        var best = new TokenLogProbability[Math.Min(count, logits.Length)];
        int[] ids = BestTokens.Of(logits, best.Length);
        for (int i = 0; i < best.Length; i++)
        {
            best[i] = new(ids[i], logits[ids[i]] - logSum);
        }
        return new(id, logits[id] - logSum, best);
    }
}

/// <summary>A token and its log-probability.</summary>
/// <param name="Id">The token.</param>
/// <param name="LogProbability">The natural logarithm of its probability.</param>
public readonly record struct TokenLogProbability(int Id, double LogProbability);
