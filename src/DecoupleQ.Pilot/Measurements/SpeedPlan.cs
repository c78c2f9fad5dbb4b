namespace DecoupleQ.Pilot.Measurements;

/// <summary>How much is measured in the time that there is.</summary>
/// <param name="PromptTokens">Tokens of a prompt.</param>
/// <param name="DecodedTokens">Tokens that each request writes after its first.</param>
/// <param name="Rounds">Rounds.</param>
/// <param name="RoundSeconds">What a round is expected to take.</param>
internal sealed record SpeedPlan(int PromptTokens, int DecodedTokens, int Rounds, double RoundSeconds)
{
    /// <summary>Rounds that there are at the least: below three there is no telling what is chance.</summary>
    public const int LeastRounds = 3;

    /// <summary>Tokens of the shortest prompts.</summary>
    public const int LeastPrompt = 16;

    // Texts are shortened in this order: first what is written, for a text of so many tokens tells as much of a step as one of four times as many does.
    private const int FewDecoded = 16, LeastDecoded = 8;

    /// <summary>Plans: the longest texts of which three rounds fit, and as many rounds of these as fit.</summary>
    /// <param name="promptSeconds">What a token more in each prompt costs a round.</param>
    /// <param name="stepSeconds">What a token more that each request writes costs a round.</param>
    /// <param name="options">What is wanted.</param>
    /// <param name="mostPrompt">Tokens that a prompt may have.</param>
    /// <param name="mostDecoded">Tokens that a request may write after its first.</param>
    /// <param name="seconds">The time that is left.</param>
    public static SpeedPlan Of(double promptSeconds, double stepSeconds, SpeedOptions options, int mostPrompt, int mostDecoded, double seconds)
    {
        int prompt = Math.Min(options.PromptTokens, mostPrompt), decoded = Math.Min(options.DecodedTokens, mostDecoded);
        while (LeastRounds * Round() > seconds)
        {
            if (decoded > FewDecoded)
            {
                decoded = Math.Max(FewDecoded, decoded / 2);
            }
            else if (prompt > LeastPrompt)
            {
                prompt = Math.Max(LeastPrompt, prompt / 2);
            }
            else if (decoded > LeastDecoded)
            {
                decoded = LeastDecoded;
            }
            else
            {
                break;
            }
        }
        return new SpeedPlan(prompt, decoded, (int)Math.Clamp(Math.Floor(seconds / Round()), LeastRounds, options.Rounds), Round());

        double Round() => (prompt * promptSeconds) + (decoded * stepSeconds);
    }
}
