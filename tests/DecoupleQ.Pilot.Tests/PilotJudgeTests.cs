using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Tests;

/// <summary>What is said of a setting follows from both halves of the test.</summary>
public sealed class PilotJudgeTests
{
    private static readonly JudgementResult Pass = Of(Verdict.Pass), Undecided = Of(Verdict.Undecided), Fail = Of(Verdict.Fail);

    [Fact]
    public void A_setting_that_failed_where_it_was_chosen_does_not_pass_by_the_other_half()
    {
        Assert.Equal(Verdict.Fail, PilotJudge.Overall([Pass, Pass], ChoiceReason.NearestToPassing));
        Assert.Equal(Verdict.Fail, PilotJudge.Overall([Undecided], ChoiceReason.NearestToPassing));
        Assert.Equal(Verdict.Undecided, PilotJudge.Overall([Pass], ChoiceReason.CheapestInDoubt));
        Assert.Equal(Verdict.Fail, PilotJudge.Overall([Pass, Fail], ChoiceReason.CheapestInDoubt));
        Assert.Equal(Verdict.Pass, PilotJudge.Overall([Pass], ChoiceReason.CheapestThatPasses));
        Assert.Equal(Verdict.Undecided, PilotJudge.Overall([Pass, Undecided], ChoiceReason.Given));
        Assert.Null(PilotJudge.Overall([], ChoiceReason.FirstOfLadder));
    }

    [Theory]
    [InlineData(0, 0, Verdict.Undecided)]
    [InlineData(12, 0, Verdict.Pass)]
    [InlineData(12, 1, Verdict.Fail)]
    public void Critical_questions_pass_by_having_been_asked(int critical, int lost, Verdict verdict)
    {
        Estimate none = new(0, 0, 0);
        TaskPart task = new("q.jsonl", "exact", 40, none, none, none, 0, 0, 1, null, null, critical, lost, [], []);
        QualityFigures quality = new(1, 1, none, none, none, none, none);
        Judgement judgement = Assert.Single(PilotJudge.Judge([ThresholdKind.MaxCriticalFlips.Parse("0")], quality, task, null));
        Assert.Equal((verdict, (long)critical), (judgement.Verdict, judgement.Items));
    }

    private static JudgementResult Of(Verdict verdict) => new("max-kl", "0.1", new(0, 0, 0), 1, verdict, null, null);
}
