using DecoupleQ.Generation.Sampling;

namespace DecoupleQ.Tests.Generation.Sampling;

/// <summary>Draws a token by sorting all of them: by logit descending, then id ascending.</summary>
internal static class SortingOracle
{
    /// <summary>The token of draw number <paramref name="draw"/>, from 0.</summary>
    public static int Next(float[] logits, SamplingSettings settings, int draw)
    {
        (int Id, long Weight)[] kept = Kept(logits, settings);
        long mass = kept.Sum(token => token.Weight);
        var random = new SplitMix64(settings.Seed);
        for (int skipped = 0; skipped < draw; skipped++)
        {
            random.Next();
        }
        long point = (long)(ulong)(((UInt128)random.Next() * (ulong)mass) >> 64), before = 0;
        foreach ((int id, long weight) in kept)
        {
            before += weight;
            if (before > point)
            {
                return id;
            }
        }
        throw new InvalidOperationException("The weights end before the point.");
    }

    /// <summary>What is drawn from, in order.</summary>
    public static (int Id, long Weight)[] Kept(float[] logits, SamplingSettings settings)
    {
        double temperature = settings.Temperature;
        float best = logits.Max();
        (int Id, long Weight)[] ranked = Ranked(logits, temperature);
        if (settings.TopK > 0)
        {
            ranked = [.. ranked.Take(settings.TopK)];
        }
        if (settings.TopP < 1)
        {
            ranked = Nucleus(ranked, settings.TopP);
        }
        if (settings.MinP > 0)
        {
            ranked = [.. ranked.Where(token => logits[token.Id] >= best + (Math.Log(settings.MinP) * temperature))];
        }
        return settings.TypicalP < 1 ? Typical(logits, ranked, settings) : ranked;
    }

    private static (int Id, long Weight)[] Ranked(float[] logits, double temperature)
    {
        long[] weights = ReferenceWeights.Of(logits, temperature);
        return
        [
            .. Enumerable.Range(0, logits.Length)
                .Where(id => weights[id] > 0)
                .OrderByDescending(id => logits[id])
                .ThenBy(id => id)
                .Select(id => (id, weights[id])),
        ];
    }

    private static (int Id, long Weight)[] Nucleus((int Id, long Weight)[] ranked, double share)
    {
        long mass = ranked.Sum(token => token.Weight), target = Math.Clamp((long)Math.Ceiling(share * mass), 1, mass), before = 0;
        return [.. ranked.TakeWhile(token => (before += token.Weight) - token.Weight < target)];
    }

    private static (int Id, long Weight)[] Typical(float[] logits, (int Id, long Weight)[] ranked, SamplingSettings settings)
    {
        float best = logits.Max();
        double mass = ranked.Sum(token => token.Weight), unit = Math.ScaleB(1, ReferenceWeights.Unit(logits.Length));
        double entropy = ranked.OrderBy(token => token.Id).Aggregate(0.0, (sum, token) => sum + (token.Weight / mass * Information(token.Id)));
        (int Id, long Weight)[] typical = Nucleus(
            [.. ranked.OrderBy(token => (float)Math.Abs(Information(token.Id) - entropy)).ThenBy(token => token.Id)], settings.TypicalP);
        var left = new float[logits.Length];
        Array.Fill(left, float.NegativeInfinity);
        foreach ((int id, _) in typical)
        {
            left[id] = logits[id];
        }
        return Ranked(left, settings.Temperature);

        double Information(int id) => Math.Log(mass / unit) + ((best - (double)logits[id]) / settings.Temperature);
    }
}
