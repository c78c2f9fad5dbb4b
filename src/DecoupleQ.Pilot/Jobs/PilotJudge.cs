using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>Holds thresholds against what was measured.</summary>
internal static class PilotJudge
{
    /// <summary>What the thresholds say that something was measured for, in their order.</summary>
    /// <param name="thresholds">The thresholds.</param>
    /// <param name="quality">Both models on text.</param>
    /// <param name="task">Both on the user's task; null without one.</param>
    /// <param name="speed">How fast both are; null where that was not measured, as of settings that are only tried.</param>
    public static IReadOnlyList<Judgement> Judge(IEnumerable<Threshold> thresholds, QualityFigures quality, TaskPart? task, SpeedFigures? speed) =>
        [.. thresholds.Select(threshold => Of(threshold, quality, task, speed)).OfType<Judgement>()];

    /// <summary>Refuses thresholds that nothing will be measured for.</summary>
    /// <exception cref="DecoupleQException">There is one; names it.</exception>
    public static void Check(IEnumerable<Threshold> thresholds, EvaluationTask? task)
    {
        foreach (Threshold threshold in thresholds)
        {
            if (IsOfTask(threshold) && task is null)
            {
                throw new DecoupleQException("There is no task.", field: "--" + threshold.Kind.Name, expected: "--task FILE beside it");
            }
            if (threshold.Kind == ThresholdKind.MaxCriticalFlips && !task!.Items.Any(item => item.IsCritical))
            {
                throw new DecoupleQException(
                    "No question of the task is critical.", task.Path, "critical", "\"critical\": true in the lines in which errors are not allowed");
            }
        }
    }

    /// <summary>Whether answers to a task are needed for a threshold.</summary>
    public static bool IsOfTask(Threshold threshold) =>
        threshold.Kind == ThresholdKind.MaxAccuracyLoss || threshold.Kind == ThresholdKind.MaxCriticalFlips;

    private static Judgement? Of(Threshold threshold, QualityFigures quality, TaskPart? task, SpeedFigures? speed)
    {
        ThresholdKind kind = threshold.Kind;
        return kind == ThresholdKind.MaxPerplexityIncrease ? threshold.Judge(quality.PerplexityIncrease, quality.Windows)
            : kind == ThresholdKind.MinAgreement ? threshold.Judge(quality.Agreement, quality.Windows)
            : kind == ThresholdKind.MaxKl ? threshold.Judge(quality.KlDivergence, quality.Windows)
            : kind == ThresholdKind.MaxAccuracyLoss ? task is null ? null : threshold.Judge(task.AccuracyLoss, CountsOf(task))
            // Of none it is not known that no error would be made.
            : kind == ThresholdKind.MaxCriticalFlips ? task is null ? null : threshold.Judge(Exactly(task.CriticalLost), task.Critical)
            : speed is null ? null : threshold.Judge(speed.Packed.TokenSeconds.P95, speed.Rounds);
    }

    /// <summary>The verdict on a chosen setting: what the judgements say, but no better than what it was chosen for.</summary>
    /// <param name="judgements">On the half of the test that no setting was chosen on.</param>
    /// <param name="reason">Why it was chosen: a setting that fails on the one half does not pass by the other.</param>
    /// <returns>Null where there are no judgements.</returns>
    public static Verdict? Overall(IEnumerable<JudgementResult> judgements, ChoiceReason reason)
    {
        Verdict[] said = [.. judgements.Select(judgement => judgement.Verdict)];
        return Verdicts.Overall(said.Length == 0 ? said : reason switch
        {
            ChoiceReason.NearestToPassing => [.. said, Verdict.Fail],
            ChoiceReason.CheapestInDoubt => [.. said, Verdict.Undecided],
            _ => said,
        });
    }

    private static AccuracyItems CountsOf(TaskPart task)
    {
        int dense = (int)Math.Round(task.DenseAccuracy.Value * task.Items), both = dense - task.Lost;
        return new(both, task.Lost, task.Gained, task.Items - both - task.Lost - task.Gained);
    }

    private static Estimate Exactly(double value) => new(value, value, value);
}
