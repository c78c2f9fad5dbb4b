using DecoupleQ.Statistics;

namespace DecoupleQ.Cli.Json;

/// <summary>A figure with its 95 % interval.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Low">Lower end of the interval; absent where there is too little to tell.</param>
/// <param name="High">Upper end.</param>
internal sealed record IntervalFigures(double Value, double? Low, double? High)
{
    public static IntervalFigures Of(Estimate estimate) => new(estimate.Value, estimate.Low, estimate.High);

    public static IntervalFigures? Of(Estimate? estimate) => estimate is Estimate known ? Of(known) : null;
}
