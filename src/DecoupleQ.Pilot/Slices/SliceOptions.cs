namespace DecoupleQ.Pilot.Slices;

/// <summary>When a slice is named.</summary>
public sealed record SliceOptions
{
    /// <summary>The probability of naming any slice where all are alike, above 0 and below 1. Default 0.05.</summary>
    public double Significance { get; init; } = 0.05;

    /// <summary>A difference from the others that nobody minds, at least 0, in the items' unit. Default 1e-4.</summary>
    public double Negligible { get; init; } = 1e-4;

    /// <summary>How often items are dealt out at random, 99 to 100000. Default 999.</summary>
    public int Deals { get; init; } = 999;

    /// <summary>Seed of these.</summary>
    public ulong Seed { get; init; } = 20_241_104;
}
