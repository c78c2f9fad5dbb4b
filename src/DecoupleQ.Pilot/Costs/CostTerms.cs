using System.Globalization;

namespace DecoupleQ.Pilot.Costs;

/// <summary>All that costs depend on.</summary>
/// <remarks>
/// A gigabyte has 10^9 bytes, a day 24 hours. A year has twelve months of <see cref="HoursPerMonth"/>. A default that is a guess has a range that says so.
/// </remarks>
public static class CostTerms
{
    // Stands for the currency in units.
    internal const string Currency = "{currency}";

    private const string RateName = "tokens-per-second-at-", LatencyName = "seconds-per-token-at-", PromptRateName = "prompt-tokens-per-second";

    private const string RateRatioName = "rate-ratio-at-", LatencyRatioName = "time-ratio-at-";

    // Far beyond anything that is bought, and near enough that no figure leaves double precision.
    private const double Most = 1e15, Least = 1e-9;

    private static readonly OptionRange<double> Amount = OptionRange.Real("a number from 0 to 1e15", value => value is >= 0 and <= Most);
    private static readonly OptionRange<double> AboveZero = OptionRange.Real("a number from 1e-9 to 1e15", value => value is >= Least and <= Most);

    /// <summary>What a rented machine costs.</summary>
    public static CostTerm PricePerHour { get; } = new("price-per-hour", Currency + "/h", "A rented machine, each hour", Amount);

    /// <summary>What a machine that is there has cost.</summary>
    public static CostTerm MachinePrice { get; } = new("machine-price", Currency, "A machine of one's own, when it was bought", Amount);

    /// <summary>How long it is used.</summary>
    public static CostTerm Years { get; } = new(
        "years",
        "years",
        "The time that its price is spread over",
        OptionRange.Real("a number of years from 0.01 to 100", value => value is >= 0.01 and <= 100));

    /// <summary>What it draws.</summary>
    public static CostTerm Watts { get; } = new("watts", "W", "What it draws, day and night, cooling included", Amount);

    /// <summary>What that costs.</summary>
    public static CostTerm PricePerKwh { get; } = new("price-per-kwh", Currency + "/kWh", "Electricity", Amount);

    /// <summary>What a stored gigabyte costs; 0 by default.</summary>
    public static CostTerm PricePerGbMonth { get; } = new(
        "price-per-gb-month", Currency + "/GB/month", "Storage of a model, for each machine that has a copy", Amount)
    {
        Default = Spread.Exactly(0),
    };

    /// <summary>What the change costs once, beside the hours of quantizing; 0 by default.</summary>
    public static CostTerm OneTimeCost { get; } = new("one-time-cost", Currency, "Work of people and all else that is paid once", Amount)
    {
        Default = Spread.Exactly(0),
    };

    /// <summary>How long quantizing takes; each model takes as long, on such a machine. Not there where nothing was quantized.</summary>
    public static CostTerm QuantizingHours { get; } = new("quantizing-hours", "h", "Quantizing a model, on such a machine", Amount);

    /// <summary>Requests a day, to each model.</summary>
    public static CostTerm RequestsPerDay { get; } = new("requests-per-day", "1/day", "Requests to a model, each day", AboveZero);

    /// <summary>Tokens that are written in answer to a request.</summary>
    public static CostTerm TokensPerRequest { get; } = new("tokens-per-request", "tokens", "Tokens of an answer", AboveZero);

    /// <summary>
    /// Tokens that are read of a request before it is answered; 256 by default, between 64 and 1024, where it is known how fast prompts are read.
    /// </summary>
    public static CostTerm PromptTokensPerRequest { get; } = new("prompt-tokens-per-request", "tokens", "Tokens of a prompt", Amount)
    {
        Default = new Spread(256, 64, 1024),
    };

    /// <summary>The busiest time over the mean; 3 by default, between 2 and 4.</summary>
    public static CostTerm PeakFactor { get; } = new(
        "peak-factor",
        "",
        "Tokens a second at the busiest time, over their mean",
        OptionRange.Real("a number from 1 to 1000", value => value is >= 1 and <= 1000))
    {
        Default = new Spread(3, 2, 4),
    };

    /// <summary>How far a machine may be used at the busiest time; 0.7 by default, between 0.6 and 0.8.</summary>
    public static CostTerm Utilisation { get; } = new(
        "utilisation",
        "",
        "The share of its rate that a machine is used at, at the busiest time",
        OptionRange.Real("a number from 0.01 to 1", value => value is >= 0.01 and <= 1))
    {
        Default = new Spread(0.7, 0.6, 0.8),
    };

    /// <summary>How many such models there are, each with as many requests; 1 by default.</summary>
    public static CostTerm Models { get; } = new(
        "models",
        "",
        "Models of this kind, each with as many requests",
        OptionRange.Real("a whole number from 1 to 1000000", value => value is >= 1 and <= 1e6 && double.IsInteger(value)))
    {
        Default = Spread.Exactly(1),
    };

    /// <summary>730 by default: a twelfth of 8760.</summary>
    public static CostTerm HoursPerMonth { get; } = new(
        "hours-per-month", "h", "Hours of a month", OptionRange.Real("a number from 1 to 744", value => value is >= 1 and <= 744))
    {
        Default = Spread.Exactly(730),
    };

    /// <summary>How long a token may take, beside other requests.</summary>
    public static CostTerm MaxLatency { get; } = new("max-latency", "s", "What a token may take, beside other requests", AboveZero);

    /// <summary>Memory of a machine.</summary>
    public static CostTerm MachineMemory { get; } = new("machine-memory", "GB", "Memory of a machine for models", AboveZero);

    /// <summary>Terms of which each has a name of its own, in the order in which they are listed.</summary>
    internal static IReadOnlyList<CostTerm> Common { get; } =
    [
        PricePerHour, MachinePrice, Years, Watts, PricePerKwh, PricePerGbMonth, OneTimeCost, QuantizingHours, RequestsPerDay, TokensPerRequest,
        PromptTokensPerRequest, PeakFactor, Utilisation, Models, HoursPerMonth, MaxLatency, MachineMemory,
    ];

    /// <summary>What a model takes in memory, with what it keeps of its requests.</summary>
    public static CostTerm Memory(CostModel model) => Of(model, "memory", "GB", "memory, with what is kept of its requests");

    /// <summary>What a model takes where it is stored.</summary>
    public static CostTerm Stored(CostModel model) => Of(model, "stored", "GB", "size where it is stored");

    /// <summary>What a machine writes, for all requests together.</summary>
    /// <param name="model">The model.</param>
    /// <param name="requests">Requests that are answered together, 1 to 9999.</param>
    public static CostTerm Rate(CostModel model, int requests) => Of(
        model, RateName + Digits(requests), "tokens/s", $"tokens a second of all requests, {Digits(requests)} together");

    /// <summary>How long a token takes, beside the other requests.</summary>
    /// <inheritdoc cref="Rate"/>
    public static CostTerm Latency(CostModel model, int requests) => Of(
        model, LatencyName + Digits(requests), "s", $"time of a token, {Digits(requests)} requests together, in the slowest of twenty");

    /// <summary>How fast a machine reads prompts, one at a time.</summary>
    public static CostTerm PromptRate(CostModel model) => Of(model, PromptRateName, "tokens/s", "tokens of prompts a second");

    /// <summary>
    /// <see cref="Rate"/> of the packed model over that of the dense one in the same round: the median, and what that lies between with 99 % confidence. Where
    /// that holds 1, the two cannot be told apart.
    /// </summary>
    /// <param name="requests">Requests that are answered together, 1 to 9999.</param>
    public static CostTerm RateRatio(int requests) => new(
        RateRatioName + Digits(requests), "", $"The packed model's tokens a second over the dense model's in the same round, {Digits(requests)} together",
        AboveZero);

    /// <summary>As <see cref="RateRatio"/>, of <see cref="Latency"/>.</summary>
    /// <inheritdoc cref="RateRatio"/>
    public static CostTerm LatencyRatio(int requests) => new(
        LatencyRatioName + Digits(requests), "", $"The packed model's time of a token over the dense model's in the same round, {Digits(requests)} together",
        AboveZero);

    /// <summary>As <see cref="RateRatio"/>, of <see cref="PromptRate"/>.</summary>
    public static CostTerm PromptRateRatio { get; } = new(
        "prompt-rate-ratio", "", "The packed model's tokens of prompts a second over the dense model's in the same round", AboveZero);

    /// <summary>The term of that name; null if there is none.</summary>
    public static CostTerm? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (CostModel model in Enum.GetValues<CostModel>())
        {
            string prefix = Prefix(model);
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
            {
                continue;
            }
            string rest = name[prefix.Length..];
            CostTerm? found = rest switch
            {
                "memory" => Memory(model),
                "stored" => Stored(model),
                PromptRateName => PromptRate(model),
                _ when Requests(rest, RateName) is int requests => Rate(model, requests),
                _ when Requests(rest, LatencyName) is int requests => Latency(model, requests),
                _ => null,
            };
            // A name with zeros before the number is another one.
            return found?.Name == name ? found : null;
        }
        if ((Requests(name, RateRatioName) is int together ? RateRatio(together)
            : Requests(name, LatencyRatioName) is int beside ? LatencyRatio(beside) : null) is CostTerm ratio)
        {
            return ratio.Name == name ? ratio : null;
        }
        return name == PromptRateRatio.Name ? PromptRateRatio : Common.FirstOrDefault(term => term.Name == name);
    }

    /// <summary>How many requests a rate of <paramref name="model"/> is for; null if the term is none.</summary>
    internal static int? RequestsOfRate(CostTerm term, CostModel model) =>
        term.Name.StartsWith(Prefix(model), StringComparison.Ordinal) ? Requests(term.Name[Prefix(model).Length..], RateName) : null;

    /// <summary>As <see cref="RequestsOfRate"/>, of a time of a token.</summary>
    internal static int? RequestsOfLatency(CostTerm term, CostModel model) =>
        term.Name.StartsWith(Prefix(model), StringComparison.Ordinal) ? Requests(term.Name[Prefix(model).Length..], LatencyName) : null;

    /// <summary>How many requests together a ratio is for; null if the term is none.</summary>
    internal static int? RequestsOfRatio(CostTerm term) => Requests(term.Name, RateRatioName) ?? Requests(term.Name, LatencyRatioName);

    private static CostTerm Of(CostModel model, string name, string unit, string meaning) =>
        new(Prefix(model) + name, unit, $"{(model == CostModel.Dense ? "The dense model's" : "The packed model's")} {meaning}", AboveZero);

    private static string Prefix(CostModel model) => model == CostModel.Dense ? "dense-" : "packed-";

    private static string Digits(int requests)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(requests, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(requests, 9999);
        return requests.ToString(CultureInfo.InvariantCulture);
    }

    private static int? Requests(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int requests) && requests is >= 1 and <= 9999
            ? requests
            : null;
}
