using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Reports.Wording;

/// <summary>Names of things of which there are several.</summary>
public sealed record NameWords
{
    /// <summary>Verdicts.</summary>
    public required IReadOnlyDictionary<Verdict, string> Verdicts { get; init; }

    /// <summary>Where a setting of the ladder stands.</summary>
    public required IReadOnlyDictionary<RungState, string> States { get; init; }

    /// <summary>Why a setting was chosen.</summary>
    public required IReadOnlyDictionary<ChoiceReason, string> Reasons { get; init; }

    /// <summary>Why there is no decision.</summary>
    public required IReadOnlyDictionary<Doubt, string> Doubts { get; init; }

    /// <summary>How much a finding matters.</summary>
    public required IReadOnlyDictionary<FindingLevel, string> Levels { get; init; }

    /// <summary>What texts have in common.</summary>
    public required IReadOnlyDictionary<SliceKind, string> SliceKinds { get; init; }

    /// <summary>Where an assumption comes from.</summary>
    public required IReadOnlyDictionary<AssumptionSource, string> Sources { get; init; }

    /// <summary>Why a model cannot be served.</summary>
    public required IReadOnlyDictionary<CostObstacle, string> CostObstacles { get; init; }

    /// <summary>What limits are on, by their option.</summary>
    public required IReadOnlyDictionary<string, string> Thresholds { get; init; }

    /// <summary>A length of texts, in characters.</summary>
    public required string Characters { get; init; }

    /// <summary>A length that has no end.</summary>
    public required string CharactersOrMore { get; init; }

    /// <summary>Values of slices; one that is not among them stands for itself.</summary>
    public required IReadOnlyDictionary<string, string> SliceValues { get; init; }

    /// <summary>Sources of calibration; a file stands for itself.</summary>
    public required IReadOnlyDictionary<string, string> Calibrations { get; init; }

    /// <summary>Assumptions that costs are reckoned from, by their name.</summary>
    public required IReadOnlyDictionary<string, string> CostTerms { get; init; }

    /// <summary>Assumptions of one of the models, by their name without it; of {0} requests.</summary>
    public required IReadOnlyDictionary<string, string> ModelTerms { get; init; }

    /// <summary>Units of assumptions, after the currency if there is one; one that is not among them stands for itself.</summary>
    public required IReadOnlyDictionary<string, string> Units { get; init; }

    /// <summary>
    /// What findings say, by their code, behind which an exclamation mark stands for those that are not good; places are names of their values, and how these
    /// are written.
    /// </summary>
    public required IReadOnlyDictionary<string, string> Findings { get; init; }

    /// <summary>Names of values of findings; one that is not among them stands for itself.</summary>
    public required IReadOnlyDictionary<string, string> FindingValues { get; init; }
}
