namespace DecoupleQ.Monitoring.Drift;

/// <summary>How a stream of answers is compared with a baseline.</summary>
public sealed record DriftOptions
{
    /// <summary>Values of <see cref="Window"/>.</summary>
    public static OptionRange<int> WindowRange { get; } = OptionRange.Whole(50, 10_000);

    /// <summary>Values of <see cref="FalseAlarms"/>.</summary>
    public static OptionRange<double> FalseAlarmsRange { get; } = OptionRange.Real("a number above 0, below 1", value => value is > 0 and < 1);

    /// <summary>The answers that are compared at a time: the last ones. They are compared each time a quarter of them is new. Default 200.</summary>
    public int Window { get; init; } = 200;

    /// <summary>
    /// How probable a false alarm may be in 1,000 answers to one route that come from the baseline's distribution, independent of each other. Default 0.01.
    /// </summary>
    public double FalseAlarms { get; init; } = 0.01;

    /// <summary>How many new answers a comparison waits for.</summary>
    internal int Step => Window / 4;

    /// <summary>The p-value below which a signal is said to differ: the false alarms shared out evenly to all tests in 1,000 answers (Bonferroni).</summary>
    internal double Threshold => FalseAlarms / (Math.Ceiling(1000.0 / Step) * DriftSignal.All.Count);

    /// <summary>The options, if each is in its range.</summary>
    /// <exception cref="DecoupleQException">One is not; it is named.</exception>
    public DriftOptions Checked()
    {
        WindowRange.Require(Window, "drift-window");
        FalseAlarmsRange.Require(FalseAlarms, "drift-false-alarms");
        return this;
    }
}
