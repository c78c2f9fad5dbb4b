namespace DecoupleQ.Reports.Periods;

/// <summary>
/// Quantiles of any number of values, in little memory: values are counted in bins whose ends grow by a factor, so that a quantile is within 1 % of the value
/// that sorting all of them gives (DDSketch: Masson, Rim and Lee, arXiv 1908.10693).
/// </summary>
public sealed class QuantileSketch
{
    private const double Accuracy = 0.01;

    // What is smaller counts as 0.
    private const double Smallest = 1e-6;

    private static readonly double LogGrowth = Math.Log((1 + Accuracy) / (1 - Accuracy));

    private readonly Dictionary<int, long> _bins = [];
    private long _zeros;
    private double _least = double.PositiveInfinity, _most;

    /// <summary>Values that were added.</summary>
    public long Count { get; private set; }

    /// <summary>The value that a share of the values is not above.</summary>
    /// <param name="share">From 0 to 1.</param>
    /// <returns>NaN if there are no values.</returns>
    public double Quantile(double share)
    {
        if (Count == 0)
        {
            return double.NaN;
        }
        long rank = (long)(share * (Count - 1)), seen = _zeros;
        if (rank < seen)
        {
            return 0;
        }
        foreach ((int bin, long count) in _bins.OrderBy(entry => entry.Key))
        {
            seen += count;
            if (rank < seen)
            {
                // The middle, by ratio, of a bin from growth^(bin - 1) to growth^bin.
                return Math.Clamp(Math.Exp(LogGrowth * bin) * (1 - Accuracy), _least, _most);
            }
        }
        throw new InvalidOperationException("The bins hold fewer values than were added.");
    }

    /// <param name="value">At least 0.</param>
    internal void Add(double value)
    {
        Count++;
        if (value < Smallest)
        {
            _zeros++;
            return;
        }
        (_least, _most) = (Math.Min(_least, value), Math.Max(_most, value));
        int bin = (int)Math.Ceiling(Math.Log(value) / LogGrowth);
        _bins[bin] = _bins.GetValueOrDefault(bin) + 1;
    }

    internal void Add(QuantileSketch other)
    {
        Count += other.Count;
        _zeros += other._zeros;
        (_least, _most) = (Math.Min(_least, other._least), Math.Max(_most, other._most));
        foreach ((int bin, long count) in other._bins)
        {
            _bins[bin] = _bins.GetValueOrDefault(bin) + count;
        }
    }
}
