using CsCheck;
using DecoupleQ.Generation.Sampling;

namespace DecoupleQ.Tests.Generation.Sampling;

/// <summary>Bias, penalties and masks, seen through the token that is chosen greedily or through the logits themselves.</summary>
public sealed class LogitsProcessorTests
{
    private const int Vocabulary = 200;

    [Fact]
    public void They_are_applied_in_the_published_order_and_by_the_published_formulas() => Gen.Select(
        Gen.Float[-5, 5].Array[Vocabulary], Gen.Int[0, Vocabulary + 20].Array[0, 30], Gen.Int[0, 9].Array[0, 30],
        Gen.Double[0.5, 2], Gen.Double[-2, 2], Gen.Double[-2, 2]).Sample(
        (logits, prompt, generated, repetition, frequency, presence) =>
        {
            var bias = new Dictionary<int, double> { [3] = 1.5, [7] = -4 };
            int[] forbidden = [0, 5, 63, 64, 199];
            var expected = new double[Vocabulary];
            for (int id = 0; id < Vocabulary; id++)
            {
                double logit = (float)(logits[id] + bias.GetValueOrDefault(id));
                if (prompt.Contains(id) || generated.Contains(id))
                {
                    logit = logit > 0 ? logit / repetition : logit * repetition;
                }
                int times = generated.Count(other => other == id);
                logit -= (frequency * times) + (times > 0 ? presence : 0);
                expected[id] = forbidden.Contains(id) ? double.NegativeInfinity : logit;
            }
            var sampler = new TokenSampler(
                new()
                {
                    LogitBias = bias,
                    RepetitionPenalty = repetition,
                    FrequencyPenalty = frequency,
                    PresencePenalty = presence,
                    Constraint = new Constraint((_, allowed) => SetAllBut(allowed, forbidden)),
                },
                Vocabulary);
            int chosen = sampler.Next(logits, prompt, generated, out _);
            Assert.InRange(expected[chosen], expected.Max() - 1e-5, expected.Max());
        });

    [Fact]
    public void A_constraint_may_change_with_each_token_and_sees_what_was_generated()
    {
        var seen = new List<int[]>();
        var sampler = new TokenSampler(
            new()
            {
                Temperature = 1,
                Constraint = new Constraint((generated, allowed) =>
                {
                    seen.Add(generated);
                    Assert.Equal(generated.Length > 0, allowed[10]); // what was allowed before is still there
                    allowed.SetAll(false);
                    allowed[10] = true;
                    allowed[100 + generated.Length] = true;
                }),
            },
            Vocabulary);
        var logits = new float[Vocabulary];
        var ids = new List<int>();
        for (int token = 0; token < 50; token++)
        {
            int id = sampler.Next(logits, [1, 2], ids.ToArray(), out _);
            Assert.Contains(id, (int[])[10, 100 + token]);
            ids.Add(id);
        }
        Assert.Equal(Enumerable.Range(0, 50).Select(length => ids.Take(length)), seen);
    }

    [Fact]
    public void A_constraint_that_allows_nothing_is_an_error_that_names_it()
    {
        var sampler = new TokenSampler(new() { Constraint = new Constraint((_, allowed) => allowed.SetAll(false)) }, Vocabulary);
        Assert.Equal("Constraint", Assert.Throws<DecoupleQException>(() => sampler.Next(new float[Vocabulary], [], [], out _)).Field);
    }

    [Fact]
    public void Counts_follow_a_sequence_that_is_taken_back()
    {
        float[] logits = new float[Vocabulary];
        (logits[4], logits[5], logits[6]) = (3, 2.5f, 2);
        var sampler = new TokenSampler(new() { PresencePenalty = 2 }, Vocabulary);
        Assert.Equal(4, sampler.Next(logits, [], [], out _));
        Assert.Equal(5, sampler.Next(logits, [4], [4], out _));
        Assert.Equal(6, sampler.Next(logits, [4], [4, 5], out _));
        Assert.Equal(4, sampler.Next(logits, [4], [], out _));
    }

    [Fact]
    public void A_mask_holds_what_is_put_in()
    {
        Gen.Int[1, 300].SelectMany(size => Gen.Int[0, size - 1].Array[0, 100].Select(ids => (size, ids))).Sample((size, ids) =>
        {
            TokenMask mask = new(size), copy = new(size);
            foreach (int id in ids)
            {
                mask[id] = true;
            }
            mask[ids.FirstOrDefault()] = false;
            copy.SetAll(true);
            copy.CopyFrom(mask);
            var logits = new float[size];
            copy.Apply(logits);
            for (int id = 0; id < size; id++)
            {
                bool inside = ids.Contains(id) && id != ids[0];
                Assert.Equal((inside, inside ? 0 : float.NegativeInfinity), (copy[id], logits[id]));
            }
        });
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenMask(64)[64]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenMask(64).CopyFrom(new(65)));
    }

    private static void SetAllBut(TokenMask allowed, int[] forbidden)
    {
        allowed.SetAll(true);
        foreach (int id in forbidden)
        {
            allowed[id] = false;
        }
    }

    private sealed class Constraint(Action<int[], TokenMask> allow) : ITokenConstraint
    {
        public void Allow(ReadOnlySpan<int> generated, TokenMask allowed) => allow(generated.ToArray(), allowed);
    }
}
