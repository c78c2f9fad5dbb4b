using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Pilot.Ladders;

/// <summary>What came of a setting.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Verdict">The verdict on all thresholds together; a pass where there are none.</param>
/// <param name="RulesOut">Whether it clearly failed at something that fewer bits or larger groups can be taken to fail at too.</param>
public sealed record LadderResult(LadderSetting Setting, Verdict Verdict, bool RulesOut)
{
    /// <summary>The result of some judgements.</summary>
    public static LadderResult Of(LadderSetting setting, IReadOnlyList<Judgement> judgements)
    {
        ArgumentNullException.ThrowIfNull(judgements);
        return new LadderResult(
            setting,
            Verdicts.Overall(judgements.Select(judgement => judgement.Verdict)) ?? Verdict.Pass,
            judgements.Any(judgement => judgement.Verdict == Verdict.Fail && judgement.Threshold.Kind.IsMonotone));
    }
}
