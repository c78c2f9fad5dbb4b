namespace DecoupleQ.Reports.Periods;

/// <summary>The mean of any number of values, in the memory of one.</summary>
public sealed class RunningMean
{
    private double _sum;

    /// <summary>Values that were added.</summary>
    public long Count { get; private set; }

    /// <summary>Their mean; NaN of none.</summary>
    public double Value => Count == 0 ? double.NaN : _sum / Count;

    internal void Add(double value)
    {
        Count++;
        _sum += value;
    }

    internal void Add(RunningMean other)
    {
        Count += other.Count;
        _sum += other._sum;
    }
}
