using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Thresholds;

/// <summary>A limit on a figure; made by <see cref="ThresholdKind.Parse"/>.</summary>
public sealed record Threshold
{
    internal Threshold(ThresholdKind kind, decimal limit) => (Kind, Limit) = (kind, limit);

    /// <summary>What it is on.</summary>
    public ThresholdKind Kind { get; }

    /// <summary>The limit, which is within: of shares, increases and points in 1, of times in seconds.</summary>
    public decimal Limit { get; }

    /// <summary>The limit as it is written, with its unit; <see cref="ThresholdKind.Parse"/> reads it back.</summary>
    public string Text => Kind.Unit.Text(Limit);

    /// <summary>Holds it against a figure.</summary>
    /// <param name="measured">
    /// The figure in the limit's unit with its 95 % interval. One that is known exactly, such as a number of flips, has itself at both ends.
    /// </param>
    /// <param name="items">Items that the interval is from, at least 0.</param>
    public Judgement Judge(Estimate measured, long items)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(items);
        return Judgement.Of(this, measured, items);
    }

    /// <summary>Holds a loss of accuracy against it: what the interval of more questions would be is known.</summary>
    /// <param name="measured">The loss and its interval.</param>
    /// <param name="counts">The questions that it is from.</param>
    internal Judgement Judge(Estimate measured, AccuracyItems counts) => Judgement.Of(this, measured, counts.All, counts.ToDecide);

    /// <inheritdoc/>
    public override string ToString() => $"--{Kind.Name} {Text}";
}
