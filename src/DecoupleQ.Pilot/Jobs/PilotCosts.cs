using System.Text.Json.Nodes;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>Costs of a pilot: from what was said and what was measured.</summary>
public static class PilotCosts
{
    private static readonly string[] OfMachine =
        [CostTerms.PricePerHour.Name, CostTerms.MachinePrice.Name, CostTerms.Years.Name, CostTerms.Watts.Name, CostTerms.PricePerKwh.Name];

    /// <summary>The assumptions in a result; what differs from what the result says was measured, somebody has said.</summary>
    /// <param name="result">A result with costs.</param>
    /// <param name="file">Its file, for errors.</param>
    /// <exception cref="DecoupleQException">An assumption cannot be used; names it.</exception>
    public static CostInputs Read(PilotResult result, string file)
    {
        ArgumentNullException.ThrowIfNull(result);
        CostInputs read = CostDocument.Read(result.Cost ?? throw new ArgumentException("There are no costs.", nameof(result)), file);
        if (result.Chosen is not ChosenResult chosen)
        {
            return read;
        }
        Dictionary<string, Spread> measured = MeasuredCosts.Of(chosen.Size, chosen.Speed, chosen.QuantizingSeconds)
            .ToDictionary(assumption => assumption.Term.Name, assumption => assumption.Value);
        return new CostInputs(
            read.Currency,
            read.Assumptions.Select(assumption => assumption.Source == AssumptionSource.Measured && measured.TryGetValue(assumption.Term.Name, out Spread was)
                && was != assumption.Value ? assumption with { Source = AssumptionSource.Given } : assumption));
    }

    /// <summary>A result with costs reckoned anew: from the assumptions in it, or from what it measured, and from what is given beside them.</summary>
    /// <param name="result">The result; it may have no costs.</param>
    /// <param name="file">Its file, for errors.</param>
    /// <param name="currency">The currency; null for the result's.</param>
    /// <param name="given">
    /// Assumptions in place of the result's of the same name; where one says what a machine costs, all that the result says of that goes.
    /// </param>
    /// <exception cref="DecoupleQException">Something is missing, or cannot be used; names it.</exception>
    public static PilotResult Recompute(PilotResult result, string file, string? currency, IReadOnlyList<Assumption> given)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(given);
        if (result.Cost is null)
        {
            ChosenResult chosen = result.Chosen ?? throw new DecoupleQException("The pilot measured nothing.", file, "chosen", "a pilot that was finished");
            if (currency is null || given.Count == 0)
            {
                throw new DecoupleQException(
                    "The pilot had no prices.", file, "cost",
                    $"--{CostTerms.PricePerHour}, --{CostTerms.RequestsPerDay} and --{CostTerms.TokensPerRequest} beside it, or --{CostTerms.MachinePrice} "
                        + "and the like");
            }
            IEnumerable<Assumption> latency = result.Question.Thresholds.Select(text => text.Split(' ', 2))
                .Where(words => words.Length == 2 && words[0] == "--" + ThresholdKind.MaxLatency.Name)
                .Select(words => CostTerms.MaxLatency.Is((double)ThresholdKind.MaxLatency.Parse(words[1]).Limit, AssumptionSource.Given))
                .Where(_ => given.All(assumption => assumption.Term != CostTerms.MaxLatency));
            return result with
            {
                Cost = CostDocument.Of(MeasuredCosts.Inputs(
                    currency, [.. given, .. latency], MeasuredCosts.Of(chosen.Size, chosen.Speed, chosen.QuantizingSeconds))),
            };
        }
        CostInputs read = Read(result, file);
        HashSet<string> gone = [.. given.Select(assumption => assumption.Term.Name)];
        if (gone.Overlaps(OfMachine))
        {
            // A machine that is rented is not owned.
            bool isRented = gone.Contains(CostTerms.PricePerHour.Name);
            gone.UnionWith(OfMachine.Where(name => name == CostTerms.PricePerHour.Name != isRented));
        }
        return result with
        {
            Cost = CostDocument.Of(new CostInputs(
                currency ?? read.Currency, [.. given, .. read.Assumptions.Where(assumption => !gone.Contains(assumption.Term.Name))])),
        };
    }

    /// <summary>Refuses what was said if no costs could be reckoned from it, before anything is measured.</summary>
    /// <exception cref="DecoupleQException">Something is missing, or some do not go together; names it.</exception>
    internal static void Check(PilotOptions options)
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
    internal static CostInputs? Of(PilotOptions options, ChosenResult chosen) => options.Currency is string currency
        ? MeasuredCosts.Inputs(currency, Given(options), MeasuredCosts.Of(chosen.Size, chosen.Speed, chosen.QuantizingSeconds))
        : null;

    private static IReadOnlyList<Assumption> Given(PilotOptions options) =>
    [
        .. options.Costs,
        .. options.Thresholds.Where(threshold => threshold.Kind == ThresholdKind.MaxLatency)
            .Select(threshold => CostTerms.MaxLatency.Is((double)threshold.Limit, AssumptionSource.Given)),
    ];
}
