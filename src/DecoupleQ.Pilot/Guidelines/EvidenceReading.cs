using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Guidelines;

/// <summary>What a pilot says of accuracy: of each setting that was tried, and of the chosen one once more.</summary>
internal static class EvidenceReading
{
    private static readonly string AccuracyLoss = ThresholdKind.MaxAccuracyLoss.Name;
    private static readonly HashSet<string> OfTasks = [AccuracyLoss, ThresholdKind.MaxCriticalFlips.Name];

    // How fast a machine is says nothing of bits that hold.
    private static readonly string OfTime = ThresholdKind.MaxLatency.Name;

    public static IEnumerable<GuidelineEvidence> Of(int source, PilotResult result)
    {
        GuidelineTask text = new(string.Join(", ", result.Question.Test), null);
        foreach (RungResult rung in result.Ladder.Where(rung => rung.Quality is not null))
        {
            GuidelineEvidence common = Common(rung.Setting, rung.BitsPerWeight, TestPart.Choosing);
            yield return OnText(common, rung.Quality!, rung.Judgements);
            JudgementResult[] judged = [.. rung.Judgements.Where(judgement => OfTasks.Contains(judgement.Threshold))];
            // On that half a task is answered only where a limit asks for it.
            if (judged.Length > 0 && result.Chosen?.Tasks is [TaskPart task, ..])
            {
                JudgementResult? loss = judged.FirstOrDefault(judgement => judgement.Threshold == AccuracyLoss);
                yield return OnTask(common, task, loss?.Measured, (loss ?? judged[0]).Items, judged);
            }
        }
        if (result.Chosen is ChosenResult chosen)
        {
            GuidelineEvidence common = Common(chosen.Setting, chosen.BitsPerWeight, TestPart.Judging);
            yield return OnText(common, chosen.Quality, chosen.Judgements);
            foreach (TaskPart task in chosen.Tasks)
            {
                yield return OnTask(
                    common, task, task.AccuracyLoss, task.Items, [.. chosen.Judgements.Where(judgement => OfTasks.Contains(judgement.Threshold))]);
            }
        }

        GuidelineEvidence Common(SettingResult setting, double bits, TestPart part) => new()
        {
            Source = source,
            Setting = setting,
            Task = text,
            Part = part,
            BitsPerWeight = bits,
            Items = 0,
            Limits = [],
            Verdict = null,
            PresetDigest = result.Quantizing?.Presets.GetValueOrDefault(setting.Preset),
        };
    }

    private static GuidelineEvidence OnText(GuidelineEvidence common, QualityFigures quality, IReadOnlyList<JudgementResult> judgements) =>
        Judged(common, [.. judgements.Where(judgement => !OfTasks.Contains(judgement.Threshold) && judgement.Threshold != OfTime)]) with
        {
            PerplexityIncrease = quality.PerplexityIncrease,
            Agreement = quality.Agreement,
            Items = quality.Windows,
        };

    private static GuidelineEvidence OnTask(
        GuidelineEvidence common, TaskPart task, Estimate? loss, long items, IReadOnlyList<JudgementResult> judgements) =>
        Judged(common, judgements) with { Task = new(task.File, task.Metric), AccuracyLoss = loss, Items = items };

    private static GuidelineEvidence Judged(GuidelineEvidence common, IReadOnlyList<JudgementResult> judgements) => common with
    {
        Limits = [.. judgements.Select(judgement => $"--{judgement.Threshold} {judgement.Limit}").Order(StringComparer.Ordinal)],
        Verdict = Verdicts.Overall(judgements.Select(judgement => judgement.Verdict)),
    };
}
