namespace DecoupleQ.Generation.Sampling;

/// <summary>What a ranking can be cut by.</summary>
internal enum Measure
{
    /// <summary>Weights, in units of <see cref="TokenWeights"/>.</summary>
    Mass,

    /// <summary>Tokens.</summary>
    Count,
}

/// <summary>Tokens taken together.</summary>
/// <param name="Mass">The sum of their weights.</param>
/// <param name="Count">How many they are.</param>
internal readonly record struct Tally(long Mass, long Count)
{
    public long this[Measure measure] => measure == Measure.Mass ? Mass : Count;

    public static Tally operator +(Tally left, Tally right) => new(left.Mass + right.Mass, left.Count + right.Count);

    public static Tally operator *(Tally one, long times) => new(one.Mass * times, one.Count * times);
}
