namespace DecoupleQ.Pilot.Ladders;

/// <summary>Where a setting of a ladder stands.</summary>
public enum RungState
{
    /// <summary>It may have to be tried.</summary>
    Waiting,

    /// <summary>It was tried and passes.</summary>
    Passed,

    /// <summary>It was tried, and there is not enough to tell.</summary>
    Undecided,

    /// <summary>It was tried and fails.</summary>
    Failed,

    /// <summary>It is not tried, as one that it is no better than has clearly failed.</summary>
    RuledOut,

    /// <summary>It is not tried, as a cheaper one passes.</summary>
    NotNeeded,
}

/// <summary>A setting of a ladder.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="BitsPerWeight">Bits that are stored for each weight of the model.</param>
/// <param name="State">Where it stands.</param>
/// <param name="RuledOutBy">Of one that is ruled out, the setting that failed.</param>
public sealed record Rung(LadderSetting Setting, double BitsPerWeight, RungState State, LadderSetting? RuledOutBy);

/// <summary>A ladder after some results: a function of these alone, in any order, so that who resumes goes on where somebody stopped.</summary>
/// <param name="Rungs">All settings, the cheapest first.</param>
/// <param name="Next">The one to try next; null when nothing is left that could change what is recommended.</param>
/// <param name="Recommended">The cheapest that passes, of those tried so far; null for none.</param>
public sealed record LadderProgress(IReadOnlyList<Rung> Rungs, LadderSetting? Next, LadderSetting? Recommended);
