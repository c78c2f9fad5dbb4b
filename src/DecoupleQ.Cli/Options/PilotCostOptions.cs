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
        CostTerms.OneTimeCost, CostTerms.RequestsPerDay, CostTerms.TokensPerRequest, CostTerms.PeakFactor, CostTerms.Utilisation, CostTerms.Models,
        CostTerms.MachineMemory,
    ];

    private readonly (CostTerm Term, NumberOption<double> Option)[] _options = [.. Terms.Select(term => (term, Create(term)))];

    private readonly Option<string> _currency = new("--currency")
    {
        Description = $"What prices are in, as it is written beside them [default: {DefaultCurrency}]",
        HelpName = "TEXT",
    };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [.. _options.Select(pair => pair.Option), _currency];

    /// <summary>What was said; the currency is null where nothing was.</summary>
    /// <exception cref="UsageException">Something was said of costs, but not what a machine costs.</exception>
    /// <exception cref="DecoupleQException">The currency cannot be used.</exception>
    public (string? Currency, IReadOnlyList<Assumption> Given) In(ParseResult parse)
    {
        Assumption[] given =
        [
            .. _options.Where(pair => parse.GetValue(pair.Option) is not null)
                .Select(pair => pair.Term.Is(parse.GetValue(pair.Option)!.Value, AssumptionSource.Given)),
        ];
        string? currency = parse.GetValue(_currency);
        if (given.Length == 0)
        {
            return currency is null ? (null, []) : throw new UsageException("There are no prices.", _currency.Name, $"--{CostTerms.PricePerHour} beside it");
        }
        return (CurrencyName.Require(currency ?? DefaultCurrency, _currency.Name), given);
    }

    private static NumberOption<double> Create(CostTerm term) => new(
        "--" + term.Name,
        term.Default is Spread value && value.Value != 0 ? FormattableString.Invariant($"{term.Meaning} [default: {value.Value}]") : term.Meaning,
        term.Range);
}
