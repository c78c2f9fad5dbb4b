namespace DecoupleQ.Pilot.Costs;

/// <summary>A figure, and between what it lies.</summary>
/// <param name="Value">The figure that is reckoned with.</param>
/// <param name="Low">The lower end, at most <paramref name="Value"/>.</param>
/// <param name="High">The upper end, at least <paramref name="Value"/>.</param>
public readonly record struct Spread(double Value, double Low, double High)
{
    /// <summary>Whether it is one figure.</summary>
    public bool IsExact => Low == High;

    /// <summary>One figure.</summary>
    public static Spread Exactly(double value) => new(value, value, value);

    /// <summary>Whether the two have a value in common.</summary>
    public bool Overlaps(Spread other) => Low <= other.High && other.Low <= High;

    /// <summary>What holds both: the mean of the figures, between the lower and the higher of the ends.</summary>
    public Spread With(Spread other) => new((Value / 2) + (other.Value / 2), Math.Min(Low, other.Low), Math.Max(High, other.High));
}
