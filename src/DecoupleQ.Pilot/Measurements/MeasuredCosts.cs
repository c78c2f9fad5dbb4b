using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>What was measured, as assumptions that costs are reckoned from.</summary>
public static class MeasuredCosts
{
    private const double Gigabyte = 1e9, SecondsPerHour = 3600;

    // By how much the memory of the same model differs from one look to the next: what the collector has not collected yet, and what it keeps for later.
    private const double MemoryShare = 0.05, MemoryBytes = 32 << 20;

    /// <summary>The assumptions: what both models take in memory and on the disk, their rates and times of a token, and the hours of quantizing.</summary>
    /// <remarks>
    /// Of two models whose files are the same, what was measured of either is of both. Rates lie between the slowest and the fastest round. Times of a token
    /// are those of the slowest of twenty, between the ends of their interval; where there were too few for an end, up to the slowest of a hundred or down to
    /// the median. Memory is told with what it differs by from look to look.
    /// </remarks>
    /// <param name="size">What both take.</param>
    /// <param name="speed">How fast both are.</param>
    /// <param name="quantizingSeconds">Seconds that quantizing took; null where nothing was quantized.</param>
    public static IReadOnlyList<Assumption> Of(SizeFigures size, SpeedFigures speed, double? quantizingSeconds)
    {
        ArgumentNullException.ThrowIfNull(size);
        ArgumentNullException.ThrowIfNull(speed);
        ArgumentOutOfRangeException.ThrowIfNegative(quantizingSeconds ?? 0);
        Assumption[] dense = [.. Of(CostModel.Dense, size.DensePeak, size.DenseFiles, speed.Dense)];
        Assumption[] packed = [.. Of(CostModel.Packed, size.PackedPeak, size.PackedFiles, speed.Packed)];
        if (speed.AreSame)
        {
            foreach ((int i, Assumption own) in dense.Index())
            {
                Spread both = own.Value.With(packed[i].Value);
                (dense[i], packed[i]) = (own with { Value = both }, packed[i] with { Value = both });
            }
        }
        return
        [
            .. quantizingSeconds is double seconds
                ? [Measured(CostTerms.QuantizingHours, Spread.Exactly(seconds / SecondsPerHour))]
                : Array.Empty<Assumption>(),
            .. dense,
            .. packed,
            .. speed.AreSame ? [] : Ratios(speed),
        ];
    }

    // Of one round that says nothing of how rounds differ, there is no ratio.
    private static IEnumerable<Assumption> Ratios(SpeedFigures speed)
    {
        foreach (LoadRatio ratio in speed.Ratios)
        {
            if (Of(ratio.TokensPerSecond) is Spread rates)
            {
                yield return Measured(CostTerms.RateRatio(ratio.Requests), rates);
            }
            if (Of(ratio.TokenSeconds) is Spread times)
            {
                yield return Measured(CostTerms.LatencyRatio(ratio.Requests), times);
            }
        }
        if (speed.PromptRatio is Estimate prompts && Of(prompts) is Spread known)
        {
            yield return Measured(CostTerms.PromptRateRatio, known);
        }

        static Spread? Of(Estimate ratio) => ratio is { Low: double low, High: double high } ? new(ratio.Value, low, high) : null;
    }

    /// <summary>All that costs are reckoned from: what was given, and what was measured where nothing was given.</summary>
    /// <param name="currency">The currency of prices.</param>
    /// <param name="given">What was given.</param>
    /// <param name="measured">What <see cref="Of(SizeFigures, SpeedFigures, double?)"/> says.</param>
    /// <exception cref="DecoupleQException">Something is missing, or some do not go together; as <see cref="CostInputs"/> says it.</exception>
    public static CostInputs Inputs(string currency, IReadOnlyList<Assumption> given, IReadOnlyList<Assumption> measured)
    {
        ArgumentNullException.ThrowIfNull(given);
        ArgumentNullException.ThrowIfNull(measured);
        HashSet<string> known = [.. given.Select(assumption => assumption.Term.Name)];
        return new CostInputs(currency, [.. given, .. measured.Where(assumption => !known.Contains(assumption.Term.Name))]);
    }

    private static IEnumerable<Assumption> Of(CostModel model, long peak, long files, ModelSpeed speed)
    {
        double noise = (MemoryShare * peak) + MemoryBytes;
        yield return Measured(CostTerms.Memory(model), InGigabytes(peak, Math.Max(peak - noise, peak / 2.0), peak + noise));
        yield return Measured(CostTerms.Stored(model), InGigabytes(files, files, files));
        yield return Measured(CostTerms.PromptRate(model), speed.PrefillTokensPerSecond);
        foreach (LoadSpeed load in speed.Loads)
        {
            TimeQuantiles times = load.TokenSeconds;
            double low = Math.Min(times.P95.Value, times.P95.Low ?? times.Median), high = Math.Max(times.P95.Value, times.P95.High ?? times.P99);
            yield return Measured(CostTerms.Rate(model, load.Requests), load.TokensPerSecond);
            yield return Measured(CostTerms.Latency(model, load.Requests), new Spread(times.P95.Value, low, high));
        }
    }

    // A byte is as little as there can be.
    private static Spread InGigabytes(double value, double low, double high) =>
        new(Math.Max(1, value) / Gigabyte, Math.Max(1, low) / Gigabyte, Math.Max(1, high) / Gigabyte);

    private static Assumption Measured(CostTerm term, Spread value) => term.Is(value, AssumptionSource.Measured);
}
