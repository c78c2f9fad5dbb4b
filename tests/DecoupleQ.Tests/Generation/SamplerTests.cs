using DecoupleQ.Generation;

namespace DecoupleQ.Tests.Generation;

public sealed class SamplerTests
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
        var sampler = new Sampler(new() { Temperature = temperature, TopK = topK, TopP = topP, Seed = 5 });
        var counts = new int[Logits.Length];
        for (int i = 0; i < Draws; i++)
        {
            counts[sampler.Next(Logits)]++;
        }
        for (int id = 0; id < counts.Length; id++)
        {
            double deviation = Math.Sqrt(Draws * expected[id] * (1 - expected[id]));
            Assert.True(Math.Abs(counts[id] - (Draws * expected[id])) <= 4.5 * deviation + 1e-6, $"id {id}: {counts[id]} times, expected {Draws * expected[id]}");
        }
    }

    [Fact]
    public void The_same_seed_draws_the_same_tokens_and_another_seed_others()
    {
        Assert.Equal(Drawn(1), Drawn(1));
        Assert.NotEqual(Drawn(1), Drawn(2));

        static int[] Drawn(ulong seed)
        {
            var sampler = new Sampler(new() { Temperature = 1, Seed = seed });
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Next(Logits))];
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
        Assert.Equal(37, new Sampler(new()).Next(logits));
        Assert.Equal(37, new Sampler(new() { Temperature = 1, TopK = 1 }).Next(logits));
        Assert.Equal(37, new Sampler(new() { Temperature = 1, TopP = 1e-9 }).Next(logits));
        var sampler = new Sampler(new() { Temperature = 1e-3, TopK = 2 });
        Assert.Equal([37, 500], Enumerable.Range(0, 100).Select(_ => sampler.Next(logits)).Distinct().Order());
    }

    [Fact]
    public void Huge_logits_do_not_overflow()
    {
        var sampler = new Sampler(new() { Temperature = 1e-6, TopP = 0.9 });
        Assert.Equal(1, sampler.Next([-3e38f, 3e38f, 0]));
    }

    public static TheoryData<GenerationOptions, string> OutOfRange => new()
    {
        { new() { MaxTokens = 0 }, "MaxTokens" },
        { new() { Temperature = -1 }, "Temperature" },
        { new() { Temperature = double.NaN }, "Temperature" },
        { new() { Temperature = double.PositiveInfinity }, "Temperature" },
        { new() { TopK = -1, Temperature = 1 }, "TopK" },
        { new() { TopP = 0, Temperature = 1 }, "TopP" },
        { new() { TopP = 1.01, Temperature = 1 }, "TopP" },
        { new() { TopP = double.NaN, Temperature = 1 }, "TopP" },
        { new() { TopK = 5 }, "Temperature" },
        { new() { TopP = 0.5 }, "Temperature" },
        { new() { Stop = ["a", ""] }, "Stop" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange), DisableDiscoveryEnumeration = true)]
    public void An_option_out_of_its_range_is_refused_by_name(GenerationOptions options, string field)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => new Sampler(options));
        Assert.Equal(field, error.Field);
        Assert.NotNull(error.Expected);
    }

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
