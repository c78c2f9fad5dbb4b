namespace DecoupleQ.Pilot.Measurements;

/// <summary>How the speed of two models is measured.</summary>
public sealed record SpeedOptions
{
    /// <summary>The most requests together that costs are reckoned for.</summary>
    private const int MostRequests = 9999;

    /// <summary>What each of <see cref="Concurrency"/> may be.</summary>
    public static OptionRange<int> RequestsRange { get; } = OptionRange.Whole(1, MostRequests);

    /// <summary>Threads; 0 (the default) for one a physical core.</summary>
    public int Threads { get; init; }

    /// <summary>How many requests together; one alone is always measured too. Default 1, 4, 16.</summary>
    public IReadOnlyList<int> Concurrency { get; init; } = [1, 4, 16];

    /// <summary>
    /// Seconds that it may take, about: they decide how many rounds there are, and how long texts are. Three rounds of the shortest texts are measured however
    /// long they take. Default 60.
    /// </summary>
    public double Seconds { get; init; } = 60;

    /// <summary>
    /// Seconds that each model runs for before anything counts, until what .NET compiles meanwhile has been compiled; at most a tenth of
    /// <see cref="Seconds"/>. Default 2.
    /// </summary>
    public double WarmUpSeconds { get; init; } = 2;

    /// <summary>Tokens of a prompt where there is time for them. Default 128; no more than half of the model's context.</summary>
    public int PromptTokens { get; init; } = 128;

    /// <summary>Tokens that each request writes after its first where there is time for them. Default 64.</summary>
    public int DecodedTokens { get; init; } = 64;

    /// <summary>The most rounds, at least 3. Default 40.</summary>
    public int Rounds { get; init; } = 40;

    /// <summary>
    /// Bytes that both models may take together, with the keys and values of one of them; null (the default) for what the machine has available.
    /// </summary>
    public long? Memory { get; init; }

    internal SpeedOptions Checked()
    {
        OptionRange.Threads.Require(Threads, "threads");
        OptionRange.Positive.Require(Seconds, "seconds");
        OptionRange.NotNegative.Require(WarmUpSeconds, "warm-up-seconds");
        OptionRange.Whole(1).Require(PromptTokens, "prompt-tokens");
        OptionRange.Whole(1).Require(DecodedTokens, "decoded-tokens");
        OptionRange.Whole(SpeedPlan.LeastRounds).Require(Rounds, "rounds");
        foreach (int requests in Concurrency)
        {
            RequestsRange.Require(requests, "concurrency");
        }
        return this;
    }

    /// <summary>One alone, and what was asked for, ascending.</summary>
    internal IReadOnlyList<int> Levels() => [.. Concurrency.Append(1).Distinct().Order()];
}
