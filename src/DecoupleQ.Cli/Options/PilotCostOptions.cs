using System.CommandLine;
using DecoupleQ.Pilot.Costs;

namespace DecoupleQ.Cli.Options;

/// <summary>Prices and load, from which a pilot reckons what a model costs.</summary>
internal sealed class PilotCostOptions
{
    private const string DefaultCurrency = "USD";

    // What is measured, and what a month is, has no option; it can be changed in the JSON.
    private static readonly CostTerm[] Terms =
    [
        CostTerms.PricePerHour, CostTerms.MachinePrice, CostTerms.Years, CostTerms.Watts, CostTerms.PricePerKwh, CostTerms.PricePerGbMonth,
        CostTerms.OneTimeCost, CostTerms.RequestsPerDay, CostTerms.TokensPerRequest, CostTerms.PromptTokensPerRequest, CostTerms.PeakFactor,
        CostTerms.Utilisation, CostTerms.Models, CostTerms.MachineMemory,
    ];

    private static readonly CostTerm[] Owned = [CostTerms.MachinePrice, CostTerms.Years, CostTerms.Watts, CostTerms.PricePerKwh];

    private readonly (CostTerm Term, Option<double?> Option)[] _options = [.. Terms.Select(term => (term, Create(term)))];

    private readonly Option<string> _currency = new("--currency")
    {
        Description = $"What prices are in, as it is written beside them [default: {DefaultCurrency}]",
        HelpName = "TEXT",
    };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [.. _options.Select(pair => pair.Option), _currency];

    /// <summary>What was said; the currency is null where nothing was.</summary>
    /// <exception cref="UsageException">Something was said of costs, but not all that they take; names all that is missing.</exception>
    /// <exception cref="DecoupleQException">The currency cannot be used.</exception>
    public (string? Currency, IReadOnlyList<Assumption> Given) In(ParseResult parse)
    {
        (string? currency, IReadOnlyList<Assumption> given) = Said(parse);
        if (given.Count == 0)
        {
            return currency is null ? (null, []) : throw new UsageException("There are no prices.", _currency.Name, $"--{CostTerms.PricePerHour} beside it");
        }
        CheckWhole(given);
        return (currency ?? DefaultCurrency, given);
    }

    /// <summary>As <see cref="In"/>, of costs that there may be already, which what is said changes.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="hasCosts">Whether there are.</param>
    public (string? Currency, IReadOnlyList<Assumption> Given) In(ParseResult parse, bool hasCosts) => hasCosts ? Said(parse) : In(parse);

    private (string? Currency, IReadOnlyList<Assumption> Given) Said(ParseResult parse)
    {
        Assumption[] given =
        [
            .. _options.Where(pair => parse.GetValue(pair.Option) is not null)
                .Select(pair => pair.Term.Is(parse.GetValue(pair.Option)!.Value, AssumptionSource.Given)),
        ];
        if (given.Any(assumption => assumption.Term == CostTerms.PricePerHour)
            && given.FirstOrDefault(assumption => Owned.Contains(assumption.Term)) is { } own)
        {
            throw new UsageException("The machine is rented and owned.", "--" + own.Term, $"this or --{CostTerms.PricePerHour}, not both");
        }
        return (parse.GetValue(_currency) is string currency ? CurrencyName.Require(currency, _currency.Name) : null, given);
    }

    private static void CheckWhole(IReadOnlyList<Assumption> given)
    {
        HashSet<CostTerm> known = [.. given.Select(assumption => assumption.Term)];
        CostTerm[] needed =
        [
            .. known.Overlaps(Owned) ? Owned : [CostTerms.PricePerHour], CostTerms.RequestsPerDay, CostTerms.TokensPerRequest,
        ];
        string[] missing = [.. needed.Where(term => !known.Contains(term)).Select(term => "--" + term)];
        if (missing.Length > 0)
        {
            string all = string.Join(", ", missing);
            string machine = missing.Contains("--" + CostTerms.PricePerHour)
                ? $"; for a machine of one's own {string.Join(", ", Owned.Select(term => "--" + term))}"
                : "";
            throw new UsageException($"Costs take more than was given; missing: {all}.", missing[0], all + machine);
        }
    }

    private static Option<double?> Create(CostTerm term)
    {
        string unit = term.Unit("currency"), meaning = unit.Length > 0 ? $"{term.Meaning}, in {unit}" : term.Meaning;
        return term == CostTerms.MachineMemory ? new GigabytesOption("--" + term.Name, meaning + ", or with another unit")
            : new NumberOption<double>(
                "--" + term.Name,
                term.Default is Spread value && value.Value != 0 ? FormattableString.Invariant($"{meaning} [default: {value.Value}]") : meaning,
                term.Range);
    }
}
