using System.Text.Json.Nodes;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>
/// Finds the <c>rope_scaling</c> of a Hugging Face config that divides each frequency of the rotary embedding as a file's tensor of divisors does.
/// </summary>
/// <remarks>
/// Converters write the scaling of Llama 3.1 as this tensor alone. In it a frequency f that turns <c>t = C * f / 2 pi</c> times within the original
/// context C keeps the share <c>k = clamp((t - low) / (high - low), 0, 1)</c> and has the rest divided by the factor. C, low and high are determined
/// only up to a common multiple, so those of the published models are tried first: low = 1, high = 4. Whatever is found is accepted only if it
/// reproduces every divisor.
/// </remarks>
internal static class RotaryDivisors
{
    // Converters compute in float32, with frequencies that are themselves rounded.
    private const double Tolerance = 1e-5;
    private const double PublishedLow = 1, PublishedHigh = 4;
    private const int PublishedContext = 8192;

    /// <summary>The scaling; null if every divisor is 1.</summary>
    /// <param name="divisors">One a frequency.</param>
    /// <param name="headSize">Size of a head; it has half as many frequencies, <c>theta^(-2i / headSize)</c> before they are divided.</param>
    /// <param name="theta">The base of the frequencies.</param>
    /// <param name="originalContext">The original context, if the file states it.</param>
    /// <param name="file">The file, for errors.</param>
    /// <exception cref="DecoupleQException">No scaling that a config can state gives these divisors.</exception>
    public static JsonObject? ToScaling(float[] divisors, int headSize, double theta, int? originalContext, string file)
    {
        double[] frequencies = [.. Enumerable.Range(0, headSize / 2).Select(i => Math.Pow(theta, -2.0 * i / headSize))];
        if (divisors.Length != frequencies.Length || !Array.TrueForAll(divisors, d => float.IsFinite(d) && d > 0))
        {
            throw new DecoupleQException(
                $"The tensor has {divisors.Length} values.", file, GgufRotary.DivisorsTensor,
                $"{frequencies.Length} values above 0, half the size of a head");
        }
        double factor = Shortest(divisors.Max());
        if (Array.TrueForAll(divisors, d => Agrees(d, factor)))
        {
            return Agrees(1, factor) ? null : new JsonObject { ["rope_type"] = "linear", ["type"] = "linear", ["factor"] = GgufConfig.Float(factor) };
        }
        foreach ((int context, double low, double high) in Candidates(divisors, frequencies, factor, originalContext))
        {
            if (low > 0 && high > low && context > 0 && Reproduces(divisors, frequencies, factor, low, high, context))
            {
                return new JsonObject
                {
                    ["rope_type"] = "llama3",
                    ["factor"] = GgufConfig.Float(factor),
                    ["low_freq_factor"] = GgufConfig.Float(low),
                    ["high_freq_factor"] = GgufConfig.Float(high),
                    ["original_max_position_embeddings"] = context,
                };
            }
        }
        throw new DecoupleQException(
            "The tensor's divisors of the rotary embedding are not those of a known scaling.", file, GgufRotary.DivisorsTensor,
            "one divisor for all, or the scaling of Llama 3.1");
    }

    private static IEnumerable<(int Context, double Low, double High)> Candidates(float[] divisors, double[] frequencies, double factor, int? originalContext)
    {
        // On the ramp the kept share is linear in the frequency.
        (double Frequency, double Kept)[] ramp =
        [
            .. frequencies.Zip(divisors, (frequency, divisor) => (frequency, (float)divisor))
                .Where(p => !Agrees(p.Item2, 1) && !Agrees(p.Item2, factor))
                .Select(p => (p.frequency, ((1 / (double)p.Item2) - (1 / factor)) / (1 - (1 / factor)))),
        ];
        if (originalContext is int stated)
        {
            yield return (stated, PublishedLow, PublishedHigh);
        }
        if (ramp.Length == 0)
        {
            // Nothing on the ramp: any context between the last frequency that is kept and the first that is divided will do.
            double most = PublishedLow * 2 * Math.PI / frequencies.Where((_, i) => Agrees(divisors[i], factor)).Max();
            for (int context = 1; context <= most && context < int.MaxValue / 2; context *= 2)
            {
                yield return (context, PublishedLow, PublishedHigh);
            }
            yield break;
        }
        double estimate = ramp.Average(p => (PublishedLow + (p.Kept * (PublishedHigh - PublishedLow))) * 2 * Math.PI / p.Frequency);
        if (estimate < int.MaxValue)
        {
            yield return ((int)Math.Round(estimate), PublishedLow, PublishedHigh);
        }
        if (ramp.Length > 1)
        {
            ((double f0, double k0), (double f1, double k1)) = (ramp[0], ramp[^1]);
            double slope = (k0 - k1) / (f0 - f1), intercept = k0 - (slope * f0);
            int context = originalContext ?? PublishedContext;
            double span = context / (2 * Math.PI * slope), low = -intercept * span;
            yield return (context, low, low + span);
        }
    }

    private static bool Reproduces(float[] divisors, double[] frequencies, double factor, double low, double high, int context)
    {
        return divisors.Zip(frequencies).All(pair => Agrees(pair.First, Divisor(pair.Second)));

        // As converters write it.
        double Divisor(double frequency)
        {
            double kept = Math.Clamp(((context * frequency / (2 * Math.PI)) - low) / (high - low), 0, 1);
            return 1 / (kept + ((1 - kept) / factor));
        }
    }

    private static bool Agrees(double divisor, double expected) => Math.Abs(divisor - expected) <= Tolerance * expected;

    private static double Shortest(float value) =>
        double.Parse(value.ToString(System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
