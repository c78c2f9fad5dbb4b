using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Thresholds;

/// <summary>Why there is no decision.</summary>
public enum Doubt
{
    /// <summary>The interval is too wide; <see cref="Judgement.ItemsToDecide"/> says how many items would do.</summary>
    TooFewItems,

    /// <summary>The figure is the limit, or so near that no number of items that could be had decides on which side of it the truth is.</summary>
    AtThreshold,

    /// <summary>There are too few items for an interval, or none at all.</summary>
    NoInterval,
}

/// <summary>A threshold, held against what was measured.</summary>
/// <param name="Threshold">The threshold.</param>
/// <param name="Measured">The figure and its 95 % interval.</param>
/// <param name="Items">Items that it is from.</param>
/// <param name="Verdict">Pass: the whole interval is within, the limit included. Fail: wholly beyond, or the figure is no finite number.</param>
/// <param name="Doubt">Of an undecided one: why.</param>
/// <param name="ItemsToDecide">
/// Of an interval that is too wide: about how many items would decide, more than there were. Where it is known what the interval would be of more items
/// (<see cref="AccuracyItems"/>), the fewest whose interval decides. Else the width of an interval falls with the square root of their number, so with the
/// figure where it is, its end reaches the limit at n (w/d)^2 items, where n are the items, w the figure's distance from the end of its interval on the limit's
/// side, and d its distance from the limit.
/// </param>
public sealed record Judgement(Threshold Threshold, Estimate Measured, long Items, Verdict Verdict, Doubt? Doubt, long? ItemsToDecide)
{
    // More were never asked of anybody.
    private const double MostItems = 1e12;

    internal static Judgement Of(Threshold threshold, Estimate measured, long items, Func<double, double?>? toDecide = null)
    {
        if (items == 0)
        {
            return Undecided(Thresholds.Doubt.NoInterval);
        }
        if (!double.IsFinite(measured.Value))
        {
            return new(threshold, measured, items, Verdict.Fail, null, null);
        }
        if (measured.Low is not double low || measured.High is not double high || double.IsNaN(low) || double.IsNaN(high))
        {
            return Undecided(Thresholds.Doubt.NoInterval);
        }
        if (low > high)
        {
            throw new ArgumentException($"The interval from {low} to {high} is none.", nameof(measured));
        }
        // Turned over, so that a limit is always from above.
        double sign = threshold.Kind.IsLeast ? -1 : 1, limit = sign * (double)threshold.Limit, value = sign * measured.Value;
        (low, high) = sign > 0 ? (low, high) : (-high, -low);
        // A figure may lie outside of a bootstrap's interval; then it decides nothing.
        if (double.IsFinite(low) && Math.Max(high, value) <= limit)
        {
            return new(threshold, measured, items, Verdict.Pass, null, null);
        }
        if (Math.Min(low, value) > limit)
        {
            return new(threshold, measured, items, Verdict.Fail, null, null);
        }
        double width = Math.Max(0, value <= limit ? high - value : value - low), distance = Math.Abs(value - limit);
        if (!double.IsFinite(width))
        {
            return Undecided(Thresholds.Doubt.NoInterval);
        }
        double needed = toDecide is not null ? toDecide((double)threshold.Limit) ?? double.PositiveInfinity
            : distance == 0 ? double.PositiveInfinity
            : Math.Max(items, items * (width / distance) * (width / distance));
        return needed < MostItems
            ? Undecided(Thresholds.Doubt.TooFewItems, Math.Max(items + 1, toDecide is null ? (long)needed + 1 : (long)needed))
            : Undecided(Thresholds.Doubt.AtThreshold);

        Judgement Undecided(Doubt doubt, long? deciding = null) => new(threshold, measured, items, Verdict.Undecided, doubt, deciding);
    }
}
