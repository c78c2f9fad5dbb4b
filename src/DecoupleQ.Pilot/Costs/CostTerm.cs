namespace DecoupleQ.Pilot.Costs;

/// <summary>Something that costs depend on: <see cref="CostTerms"/> has them all.</summary>
public sealed record CostTerm
{
    private readonly string _unit;

    internal CostTerm(string name, string unit, string meaning, OptionRange<double> range)
    {
        Name = name;
        _unit = unit;
        Meaning = meaning;
        Range = range;
    }

    /// <summary>Its name, which is its option's if it has one.</summary>
    public string Name { get; }

    /// <summary>What it is, in one line.</summary>
    public string Meaning { get; }

    /// <summary>The values that it takes.</summary>
    public OptionRange<double> Range { get; }

    /// <summary>What is reckoned with where nothing is said; null where something must be said, or nothing is meant.</summary>
    public Spread? Default { get; init; }

    /// <summary>Its unit.</summary>
    /// <param name="currency">The currency that prices are in.</param>
    public string Unit(string currency) => _unit.Replace(CostTerms.Currency, currency, StringComparison.Ordinal);

    /// <summary>A value of it.</summary>
    /// <exception cref="DecoupleQException">It takes no such value, or it is not between its ends.</exception>
    public Assumption Is(Spread value, AssumptionSource source)
    {
        foreach (double number in (ReadOnlySpan<double>)[value.Value, value.Low, value.High])
        {
            Range.Require(number, Name);
        }
        return value.Low <= value.Value && value.Value <= value.High
            ? new Assumption(this, value, source)
            : throw new DecoupleQException(
                FormattableString.Invariant($"The value {value.Value} does not lie between {value.Low} and {value.High}."),
                field: Name,
                expected: "low, value and high in this order, or neither low nor high");
    }

    /// <summary>A value of it that is exact.</summary>
    /// <exception cref="DecoupleQException">It takes no such value.</exception>
    public Assumption Is(double value, AssumptionSource source) => Is(Spread.Exactly(value), source);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
