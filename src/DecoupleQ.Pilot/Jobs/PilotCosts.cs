using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>Costs of a pilot: from what was said and what was measured.</summary>
internal static class PilotCosts
{
    /// <summary>Refuses what was said if no costs could be reckoned from it, before anything is measured.</summary>
    /// <exception cref="DecoupleQException">Something is missing, or some do not go together; names it.</exception>
    public static void Check(PilotOptions options)
    {
        if (options.Currency is not string currency)
        {
            return;
        }
        // Any figures: only what was said is looked at.
        TimeQuantiles times = new(1, 1, new(1, 1, 1), 1);
        LoadSpeed[] loads = [.. options.Concurrency.Select(requests => new LoadSpeed(requests, Spread.Exactly(1), times))];
        ModelSpeed model = new(Spread.Exactly(1), Spread.Exactly(1), times, Spread.Exactly(1), loads);
        SpeedFigures speed = new(1, 1, 1, model, model, Spread.Exactly(1), Spread.Exactly(1));
        try
        {
            MeasuredCosts.Inputs(currency, Given(options), MeasuredCosts.Of(new(1, 1, 1, 1, 1, 1, 1, 1), speed, 0));
        }
        catch (DecoupleQException error) when (error.File is null && error.Field is string field)
        {
            throw error.Of("--" + field);
        }
    }

    /// <summary>What costs are reckoned from; null where nothing was said of prices.</summary>
    public static CostInputs? Of(PilotOptions options, ChosenResult chosen) => options.Currency is string currency
        ? MeasuredCosts.Inputs(currency, Given(options), MeasuredCosts.Of(chosen.Size, chosen.Speed, chosen.QuantizingSeconds))
        : null;

    private static IReadOnlyList<Assumption> Given(PilotOptions options) =>
    [
        .. options.Costs,
        .. options.Thresholds.Where(threshold => threshold.Kind == ThresholdKind.MaxLatency)
            .Select(threshold => CostTerms.MaxLatency.Is((double)threshold.Limit, AssumptionSource.Given)),
    ];
}
