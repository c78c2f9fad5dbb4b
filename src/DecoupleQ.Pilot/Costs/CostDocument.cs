using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.Costs;

/// <summary>
/// Costs as a JSON object: <c>currency</c>; <c>assumptions</c>, each with <c>name</c>, <c>value</c>, <c>low</c> and <c>high</c> if it is not exact,
/// <c>unit</c>, <c>source</c> and <c>meaning</c>; and the <c>figures</c> that follow from them. Whoever changes an assumption has the figures reckoned anew.
/// </summary>
public static class CostDocument
{
    private const string Never = "never";

    /// <summary>The object of some assumptions, with their figures.</summary>
    public static JsonObject Of(CostInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return new JsonObject
        {
            ["currency"] = inputs.Currency,
            ["assumptions"] = new JsonArray([.. inputs.Assumptions.Select(assumption => Of(assumption, inputs.Currency))]),
            ["figures"] = Of(CostFigures.Of(inputs)),
        };
    }

    /// <summary>Reads the assumptions of such an object; what it has as figures is passed over, as is what something means.</summary>
    /// <param name="document">The object.</param>
    /// <param name="file">The file that it is from, for errors.</param>
    /// <exception cref="DecoupleQException">A field is not known, missing or no such value; names it.</exception>
    public static CostInputs Read(JsonObject document, string file)
    {
        ArgumentNullException.ThrowIfNull(document);
        var root = new JsonSection(file, document);
        root.AllowOnly("currency", "assumptions", "figures");
        JsonSection named = root.Required("currency", CurrencyName.Expected);
        string currency = named.Guard(() => CurrencyName.Require(named.Text()));
        var assumptions = new List<Assumption>();
        foreach (JsonSection item in root.Required("assumptions", "a list of assumptions").Items())
        {
            assumptions.Add(Read(item, currency));
        }
        try
        {
            return new CostInputs(currency, assumptions);
        }
        catch (DecoupleQException e) when (e.File is null)
        {
            throw e.In(file);
        }
    }

    /// <summary>The same assumptions with their figures: what was read, if nothing was changed.</summary>
    /// <exception cref="DecoupleQException">As <see cref="Read(JsonObject, string)"/>.</exception>
    public static JsonObject Recompute(JsonObject document, string file) => Of(Read(document, file));

    private static Assumption Read(JsonSection item, string currency)
    {
        item.AllowOnly("name", "value", "low", "high", "unit", "source", "meaning");
        string name = item.RequiredText("name");
        CostTerm term = CostTerms.Find(name) ?? throw item.Unexpected("name", "the name of an assumption, such as price-per-hour");
        // In another unit it would be another value.
        if (item.Text("unit") is string unit && unit != term.Unit(currency))
        {
            throw item.Unexpected("unit", $"'{term.Unit(currency)}', which {name} is always in");
        }
        double value = item.RequiredNumber("value", term.Range);
        var spread = new Spread(value, item.Number("low", term.Range) ?? value, item.Number("high", term.Range) ?? value);
        AssumptionSource source = item.RequiredText("source") switch
        {
            "measured" => AssumptionSource.Measured,
            "given" => AssumptionSource.Given,
            "default" => AssumptionSource.Default,
            _ => throw item.Unexpected("source", "measured, given or default"),
        };
        try
        {
            return term.Is(spread, source);
        }
        catch (DecoupleQException e)
        {
            throw e.In(item.File);
        }
    }

    private static JsonObject Of(Assumption assumption, string currency)
    {
        var item = new JsonObject { ["name"] = assumption.Term.Name, ["value"] = assumption.Value.Value };
        if (!assumption.Value.IsExact)
        {
            item["low"] = assumption.Value.Low;
            item["high"] = assumption.Value.High;
        }
        item["unit"] = assumption.Term.Unit(currency);
        item["source"] = JsonNamingPolicy.CamelCase.ConvertName(assumption.Source.ToString());
        item["meaning"] = assumption.Term.Meaning;
        return item;
    }

    private static JsonObject Of(CostFigures figures) => new()
    {
        ["dense"] = Of(figures.Dense),
        ["packed"] = Of(figures.Packed),
        ["savingPerMonth"] = Of(figures.SavingPerMonth),
        ["oneTimeCost"] = Of(figures.OneTimeCost),
        ["monthsToPayBack"] = figures.PayBack is not PayBack months
            ? null
            : new JsonObject { ["value"] = Of(months.Months), ["low"] = Of(months.Low), ["high"] = Of(months.High) },
        ["alike"] = new JsonArray([.. figures.Alike.Select(name => JsonValue.Create(name))]),
    };

    private static JsonObject Of(ServingCost cost) => new()
    {
        ["obstacle"] = cost.Obstacle is CostObstacle obstacle ? JsonNamingPolicy.CamelCase.ConvertName(obstacle.ToString()) : null,
        ["requests"] = cost.Requests,
        ["machines"] = Of(cost.Machines),
        ["costPerMonth"] = Of(cost.CostPerMonth),
        ["costPerMillionTokens"] = Of(cost.CostPerMillionTokens),
        ["busyCostPerMillionTokens"] = Of(cost.BusyCostPerMillionTokens),
    };

    private static JsonObject? Of(Spread? spread) => spread is Spread known
        ? new JsonObject { ["value"] = known.Value, ["low"] = known.Low, ["high"] = known.High }
        : null;

    private static JsonValue Of(double? months) => months is double known ? JsonValue.Create(known) : JsonValue.Create(Never);
}
