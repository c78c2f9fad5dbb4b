namespace DecoupleQ.Generation;

/// <summary>Chooses the next token from logits.</summary>
internal sealed class Sampler
{
    private readonly GenerationOptions _options;
    private SplitMix64 _random;

    /// <exception cref="DecoupleQException">An option is out of its range.</exception>
    public Sampler(GenerationOptions options)
    {
        Check(options.MaxTokens >= 1, nameof(options.MaxTokens), "at least 1");
        Check(double.IsFinite(options.Temperature) && options.Temperature >= 0, nameof(options.Temperature), "0 for greedy, or a number above 0");
        Check(options.TopK >= 0, nameof(options.TopK), "0 for all, or a number of tokens");
        Check(options.TopP is > 0 and <= 1, nameof(options.TopP), "above 0 and at most 1");
        bool restricted = options.TopK > 0 || options.TopP < 1;
        Check(options.Temperature > 0 || !restricted, nameof(options.Temperature), "above 0 where top-k or top-p is given");
        Check(!options.Stop.Contains(""), nameof(options.Stop), "texts that are not empty");
        _options = options;
        _random = new SplitMix64(options.Seed);
    }

    /// <summary>The next token; of equal candidates the one with the lowest id.</summary>
    /// <param name="logits">One an id, finite.</param>
    public int Next(ReadOnlySpan<float> logits) => _options.Temperature == 0 ? ArgMax(logits) : Draw(logits);

    private static int ArgMax(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best])
            {
                best = i;
            }
        }
        return best;
    }

    // Temperature, then top-k, then top-p on what is left, then a draw: the order of transformers.
    private int Draw(ReadOnlySpan<float> logits)
    {
        bool restricted = _options.TopK > 0 || _options.TopP < 1;
        int[] ids = restricted ? Ranked(logits) : [.. Enumerable.Range(0, logits.Length)];
        int kept = _options.TopK > 0 ? Math.Min(_options.TopK, ids.Length) : ids.Length;
        double best = System.Numerics.Tensors.TensorPrimitives.Max(logits);
        var weights = new double[kept];
        double total = 0;
        for (int i = 0; i < kept; i++)
        {
            total += weights[i] = Math.Exp((logits[ids[i]] - best) / _options.Temperature);
        }
        if (_options.TopP < 1)
        {
            double target = _options.TopP * total;
            total = 0;
            int nucleus = 0;
            while (nucleus < kept && total < target)
            {
                total += weights[nucleus++];
            }
            kept = nucleus;
        }
        double point = _random.NextDouble() * total;
        for (int i = 0; i < kept - 1; i++)
        {
            point -= weights[i];
            if (point < 0)
            {
                return ids[i];
            }
        }
        return ids[kept - 1];
    }

    // Ids from the most probable on; of equal ones the lowest first, which sorting by the logit alone would leave open.
    private static int[] Ranked(ReadOnlySpan<float> logits)
    {
        var ranks = new ulong[logits.Length];
        for (int i = 0; i < ranks.Length; i++)
        {
            // Bits that, as integers, ascend as the logit falls; subtracted from 0, both zeros are one.
            uint bits = BitConverter.SingleToUInt32Bits(0f - logits[i]);
            ranks[i] = ((ulong)((int)bits < 0 ? ~bits : bits | 0x80000000) << 32) | (uint)i;
        }
        Array.Sort(ranks);
        return Array.ConvertAll(ranks, rank => (int)(uint)rank);
    }

    private static void Check(bool holds, string option, string expected)
    {
        if (!holds)
        {
            throw new DecoupleQException("The value is out of range.", field: option, expected: expected);
        }
    }
}
