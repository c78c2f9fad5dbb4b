namespace DecoupleQ.Pilot.Costs;

/// <summary>One of the two models that are compared.</summary>
public enum CostModel
{
    /// <summary>The one that is served now.</summary>
    Dense,

    /// <summary>The one that would be served.</summary>
    Packed,
}
