using DecoupleQ.Generation.Sampling;

namespace DecoupleQ.Tests.Generation.Sampling;

public sealed class DrawTests
{
    private const int Draws = 20_000;

    private static readonly float[] Logits = [0.3f, 2, -1, 1.2f, -3, 1.9f, 0, -0.5f];

    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(0.5, 0, 1)]
    [InlineData(2, 0, 1)]
    [InlineData(1, 3, 1)]
    [InlineData(1, 0, 0.8)]
    [InlineData(0.7, 4, 0.9)]
    [InlineData(1, 100, 1)]
    [InlineData(1, 0, 1e-9)]
    public void Tokens_are_drawn_with_the_probabilities_of_temperature_then_top_k_then_top_p(double temperature, int topK, double topP)
    {
        double[] expected = Probabilities(temperature, topK, topP);
        var sampler = new TokenSampler(new() { Temperature = temperature, TopK = topK, TopP = topP, Seed = 5 }, Logits.Length);
        var counts = new int[Logits.Length];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Next(Logits, [], [], out _)]++;
        }
        for (int id = 0; id < counts.Length; id++)
        {
            double deviation = Math.Sqrt(Draws * expected[id] * (1 - expected[id]));
            Assert.True(
                Math.Abs(counts[id] - (Draws * expected[id])) <= 4.5 * deviation + 1e-6,
                $"id {id}: {counts[id]} times, expected {Draws * expected[id]}");
        }
    }

    [Fact]
    public void The_same_seed_draws_the_same_tokens_and_another_seed_others()
    {
        Assert.Equal(Drawn(1), Drawn(1));
        Assert.NotEqual(Drawn(1), Drawn(2));

        static int[] Drawn(ulong seed)
        {
            var sampler = new TokenSampler(new() { Temperature = 1, Seed = seed }, Logits.Length);
            return [.. Enumerable.Range(0, 50).Select(draw => sampler.Next(Logits, [], [], out _))];
        }
    }

    [Fact]
    public void Of_equal_candidates_the_lowest_ids_come_first()
    {
        var logits = new float[1000];
        foreach (int id in (int[])[999, 500, 37, 700])
        {
            logits[id] = 1;
        }
        Assert.Equal(37, Next(new(), logits));
        Assert.Equal(37, Next(new() { Temperature = 1, TopK = 1 }, logits));
        Assert.Equal(37, Next(new() { Temperature = 1, TopP = 1e-9 }, logits));
        var sampler = new TokenSampler(new() { Temperature = 1e-3, TopK = 2 }, Logits.Length);
        Assert.Equal([37, 500], Enumerable.Range(0, 100).Select(draw => sampler.Next(logits, [], [], out _)).Distinct().Order());
    }

    [Fact]
    public void Huge_logits_do_not_overflow()
    {
        var sampler = new TokenSampler(new() { Temperature = 1e-6, TopP = 0.9 }, Logits.Length);
        Assert.Equal(1, sampler.Next([-3e38f, 3e38f, 0], [], [], out _));
    }

    private static int Next(SamplingSettings settings, float[] logits) => new TokenSampler(settings, logits.Length).Next(logits, [], [], out _);

    private static double[] Probabilities(double temperature, int topK, double topP)
    {
        (int Id, double Weight)[] ranked = [.. Logits.Select((logit, id) => (id, Math.Exp(logit / temperature))).OrderByDescending(x => x.Item2)];
        if (topK > 0)
        {
            ranked = [.. ranked.Take(topK)];
        }
        double total = ranked.Sum(x => x.Weight), before = 0;
        // A token is kept as long as those before it have not reached top-p.
        ranked = [.. ranked.TakeWhile(x => (before += x.Weight) - x.Weight < topP * total)];
        var probabilities = new double[Logits.Length];
        foreach ((int id, double weight) in ranked)
        {
            probabilities[id] = weight / ranked.Sum(x => x.Weight);
        }
        return probabilities;
    }
}
