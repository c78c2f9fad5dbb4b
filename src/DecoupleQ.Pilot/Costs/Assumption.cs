namespace DecoupleQ.Pilot.Costs;

/// <summary>Where a value comes from.</summary>
public enum AssumptionSource
{
    /// <summary>It was measured, on this machine.</summary>
    Measured,

    /// <summary>Somebody said it.</summary>
    Given,

    /// <summary>Nobody said anything else.</summary>
    Default,
}

/// <summary>A value that costs are reckoned from.</summary>
/// <param name="Term">Of what.</param>
/// <param name="Value">The value, and between what it lies.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record Assumption(CostTerm Term, Spread Value, AssumptionSource Source);
