using CsCheck;
using DecoupleQ.Generation.Sampling;

namespace DecoupleQ.Tests.Generation.Sampling;

public sealed class TokenLogProbabilitiesTests
{
    [Fact]
    public void They_are_those_of_the_model_itself_the_best_first() => Gen.Select(Gen.Float[-30, 30].Array[1, 300], Gen.Int[0, 20], Gen.Bool).Sample(
        (logits, count, rounded) =>
        {
            // Rounded logits tie.
            logits = rounded ? [.. logits.Select(logit => MathF.Round(logit))] : logits;
            var sampler = new TokenSampler(
                new() { Temperature = 2, TopK = 3, LogProbabilities = count, LogitBias = new Dictionary<int, double> { [0] = 50 }, Seed = 1 }, logits.Length);
            int id = sampler.Next(logits, [], [], out TokenLogProbabilities? given);
            double logSum = Math.Log(logits.Sum(logit => Math.Exp(logit)));
            int[] best = [.. Enumerable.Range(0, logits.Length).OrderByDescending(i => logits[i]).ThenBy(i => i).Take(count)];
            Assert.Equal(id, given!.Id);
            Assert.Equal(logits[id] - logSum, given.LogProbability, 1e-5);
            Assert.Equal(best, given.Best.Select(token => token.Id));
            Assert.All(given.Best, token => Assert.Equal(logits[token.Id] - logSum, token.LogProbability, 1e-5));
        });

    [Fact]
    public void They_are_given_only_if_asked_for()
    {
        new TokenSampler(new(), 3).Next([1, 2, 3], [], [], out TokenLogProbabilities? none);
        Assert.Null(none);
    }
}
