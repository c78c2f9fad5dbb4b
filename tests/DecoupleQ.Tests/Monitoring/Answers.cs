using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Tests.Monitoring;

/// <summary>Answers as a model could have written them.</summary>
internal static class Answers
{
    public const string Route = "/v1/completions", Model = "model";

    /// <summary>One whose signals are drawn.</summary>
    /// <param name="random">Draws.</param>
    /// <param name="entropy">The mean of the entropy.</param>
    /// <param name="empty">How often it is empty.</param>
    public static AnswerEntry Draw(Random random, double entropy = 4, double empty = 0.01) => new()
    {
        Time = DateTimeOffset.UnixEpoch.AddSeconds(random.Next()),
        Model = Model,
        Id = $"ans-{random.NextInt64()}",
        Route = Route,
        PromptTokens = random.Next(10, 100),
        CharactersPerToken = 3 + random.NextDouble(),
        Tokens = random.Next(1, 64),
        LogProbability = -random.NextDouble() - entropy + 1,
        Entropy = entropy + Normal(random),
        Repetition = random.NextDouble() < 0.05 ? random.NextDouble() : 0,
        Empty = random.NextDouble() < empty,
        QueueMs = random.NextDouble(),
        FirstTokenMs = 10 * random.NextDouble(),
        TokensPerSecond = 100 * random.NextDouble(),
    };

    public static AnswerEntry[] Draw(int count, int seed, double entropy = 4, double empty = 0.01)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Draw(random, entropy, empty))];
    }

    private static double Normal(Random random) => Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
}
