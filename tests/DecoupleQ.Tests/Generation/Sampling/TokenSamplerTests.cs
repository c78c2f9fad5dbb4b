using CsCheck;
using DecoupleQ.Generation.Sampling;

namespace DecoupleQ.Tests.Generation.Sampling;

/// <summary>The token that is chosen without sorting is the one that sorting gives.</summary>
public sealed class TokenSamplerTests
{
    private const int Vocabulary = 152_000;

    private static readonly Gen<SamplingSettings> Settings = Gen.Select(
        OneOf(1, 0.8, 0.1, 1e-6, 3, 1e6),
        OneOf(0, 0, 1, 2, 10, 3000),
        OneOf(1, 1, 0.95, 0.5, 0.1, 1e-9),
        OneOf(0, 0, 0.05, 0.5, 1),
        OneOf(1, 1, 0.9, 0.2),
        Gen.ULong).Select((temperature, topK, topP, minP, typicalP, seed) => new SamplingSettings
        {
            Temperature = temperature,
            TopK = topK,
            TopP = topP,
            MinP = minP,
            TypicalP = typicalP,
            Seed = seed,
        });

    [Fact]
    public void The_token_is_the_one_that_sorting_gives() => Gen.Select(LogitGens.Finite, Settings).Sample(
        (logits, settings) =>
        {
            var sampler = new TokenSampler(settings, logits.Length);
            for (int draw = 0; draw < 3; draw++)
            {
                Assert.Equal(SortingOracle.Next(logits, settings, draw), Next(sampler, logits));
            }
        },
        iter: 500);

    public static TheoryData<string> Shapes =>
        ["equal", "equal but for a few", "two values", "steps", "noise", "outlier", "outliers on both sides", "heaps", "spread"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void So_it_is_with_a_large_vocabulary(string shape)
    {
        var random = new SplitMix64(3);
        float[] logits =
        [
            .. Enumerable.Range(0, Vocabulary).Select(id => shape switch
            {
                "equal" => -2.5f,
                "equal but for a few" => id % 10_000 == 5 ? 2 + (float)random.NextDouble() : id % 10_000 == 6 ? -2 : 0,
                "two values" => id & 1,
                "steps" => MathF.Round((float)(40 * random.NextDouble() * random.NextDouble())) / 8,
                "noise" => (float)(0.01 * random.NextDouble()),
                "outlier" => id == 77_777 ? 9 : (float)(0.001 * random.NextDouble()),
                "outliers on both sides" => id % 1000 == 0 ? 30 * (float)(random.NextDouble() - 0.7) : (float)(0.001 * random.NextDouble()),
                "heaps" => (id % 3) + (float)(0.001 * random.NextDouble()),
                _ => (float)(20 * random.NextDouble() * random.NextDouble()),
            }),
        ];
        foreach (SamplingSettings settings in (SamplingSettings[])
        [
            new() { Temperature = 0.8, TopP = 0.95, Seed = 1 },
            new() { Temperature = 0.8, Seed = 2 },
            new() { Temperature = 1.5, TopK = 40_000, MinP = 0.1, Seed = 3 },
            new() { Temperature = 1, TopP = 0.9, TypicalP = 0.8, Seed = 4 },
        ])
        {
            var sampler = new TokenSampler(settings, Vocabulary);
            Assert.Equal(
                [.. Enumerable.Range(0, 2).Select(draw => SortingOracle.Next(logits, settings, draw))],
                (int[])[Next(sampler, logits), Next(sampler, logits)]);
        }
    }

    [Fact]
    public void Without_a_temperature_the_first_of_the_best_is_chosen() => LogitGens.Finite.Sample(logits =>
        Assert.Equal(Enumerable.Range(0, logits.Length).MaxBy(id => logits[id]), Next(new TokenSampler(new(), logits.Length), logits)));

    [Theory]
    [InlineData(0)]
    [InlineData(0.8)]
    public void Logits_that_are_not_finite_are_an_error(double temperature) => Gen.Select(
        LogitGens.Finite, Gen.Int, OneOf(float.NaN, float.PositiveInfinity)).Sample(
        (logits, place, odd) =>
        {
            float[] nothing = new float[logits.Length];
            Array.Fill(nothing, float.NegativeInfinity);
            logits[(uint)place % logits.Length] = odd;
            var sampler = new TokenSampler(new() { Temperature = temperature, TopP = temperature > 0 ? 0.9 : 1 }, logits.Length);
            Assert.Equal("logits", Refused(sampler, logits).Field);
            Assert.Contains("all are minus infinity", Refused(sampler, nothing).Message);
        });

    [Fact]
    public void A_token_costs_no_allocation()
    {
        float[] logits = [.. Enumerable.Range(0, 5000).Select(id => (id * 7919 % 5000) * 1e-4f)];
        int[] prompt = [1, 2, 3], generated = [3, 4];
        SamplingSettings[] all =
        [
            new() { Temperature = 0.8, TopP = 0.95 },
            new() { Temperature = 0.8, TopK = 40, MinP = 0.1, TypicalP = 0.9, RepetitionPenalty = 1.1, FrequencyPenalty = 0.5, PresencePenalty = 0.5 },
            new() { RepetitionPenalty = 1.1, LogitBias = new Dictionary<int, double> { [5] = 2 } },
        ];
        foreach (SamplingSettings settings in all)
        {
            var sampler = new TokenSampler(settings, logits.Length);
            long before = 0;
            for (int token = 0; token < 40; token++)
            {
                before = token == 20 ? GC.GetAllocatedBytesForCurrentThread() : before;
                sampler.Next(logits, prompt, generated, out _);
            }
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static DecoupleQException Refused(TokenSampler sampler, float[] logits) =>
        Assert.Throws<DecoupleQException>(() => { sampler.Next(logits, [], [], out _); });

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static int Next(TokenSampler sampler, float[] logits) => sampler.Next(logits, [], [], out _);
}
