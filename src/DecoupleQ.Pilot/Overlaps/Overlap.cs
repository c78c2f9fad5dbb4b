namespace DecoupleQ.Pilot.Overlaps;

/// <summary>What of a text also occurs in the calibration.</summary>
/// <param name="Runs">
/// Runs of thirteen words that were looked for; of a text that has none, being too short, 1 for all of it, or 0 if it has fewer than four words.
/// </param>
/// <param name="Shared">Of those, how many occur in the calibration.</param>
public readonly record struct Overlap(long Runs, long Shared)
{
    /// <summary>Whether the text is to be left out of a test: one run is enough, as is customary.</summary>
    public bool Occurs => Shared > 0;

    /// <summary>Whether it was too short to be looked for.</summary>
    public bool IsTooShort => Runs == 0;
}
