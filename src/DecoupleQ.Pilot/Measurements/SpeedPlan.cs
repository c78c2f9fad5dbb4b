namespace DecoupleQ.Pilot.Measurements;

/// <summary>How much is measured in the time that there is.</summary>
/// <param name="PromptTokens">Tokens of the prompt of one request alone, which prompts are timed with.</param>
/// <param name="SharedPromptTokens">Tokens of each prompt of several requests together, of which only what they write is timed.</param>
/// <param name="DecodedTokens">Tokens that each request writes after its first.</param>
/// <param name="RoundSeconds">What a round is expected to take.</param>
internal sealed record SpeedPlan(int PromptTokens, int SharedPromptTokens, int DecodedTokens, double RoundSeconds)
{
    /// <summary>Rounds that count at the least: below three there is no telling what is chance.</summary>
    public const int LeastRounds = 3;

    /// <summary>Tokens of the shortest prompts.</summary>
    public const int LeastPrompt = 16;

    private const int FewDecoded = 16, LeastDecoded = 8;

    /// <summary>Plans: the longest texts of which three rounds fit, and the one before them that does not count.</summary>
    /// <remarks>
    /// Texts are shortened in the order of how little that takes from what they tell: first what is written, then prompts that are not timed, and the one that
    /// is last: short prompts are read less quickly than long ones.
    /// </remarks>
    /// <param name="pace">What a round takes.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="mostPrompt">Tokens that a prompt may have.</param>
    /// <param name="mostDecoded">Tokens that a request may write after its first.</param>
    /// <param name="seconds">The time that is left.</param>
    public static SpeedPlan Of(RoundPace pace, SpeedOptions options, int mostPrompt, int mostDecoded, double seconds)
    {
        int alone = Math.Min(options.PromptTokens, mostPrompt), shared = alone, decoded = Math.Min(options.DecodedTokens, mostDecoded);
        while ((LeastRounds + 1) * Round() > seconds && (Halve(ref decoded, FewDecoded) || Halve(ref shared, LeastPrompt) || Halve(ref decoded, LeastDecoded)
            || Halve(ref alone, LeastPrompt)))
        {
        }
        return new SpeedPlan(alone, shared, decoded, Round());

        double Round() => (alone * pace.PromptToken) + (shared * pace.SharedPromptToken) + (decoded * pace.Step);
    }

    private static bool Halve(ref int tokens, int least)
    {
        bool isLonger = tokens > least;
        tokens = isLonger ? Math.Max(least, tokens / 2) : tokens;
        return isLonger;
    }
}

/// <summary>What a round takes, seconds of both models.</summary>
/// <param name="PromptToken">For each token of the prompt of one request alone.</param>
/// <param name="SharedPromptToken">For each token of each prompt of several together, at all numbers of requests.</param>
/// <param name="Step">For each token that each request writes, at all numbers of requests.</param>
internal readonly record struct RoundPace(double PromptToken, double SharedPromptToken, double Step)
{
    public static RoundPace operator +(RoundPace left, RoundPace right) =>
        new(left.PromptToken + right.PromptToken, left.SharedPromptToken + right.SharedPromptToken, left.Step + right.Step);
}
