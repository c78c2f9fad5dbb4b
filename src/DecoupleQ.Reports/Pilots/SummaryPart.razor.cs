using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Wording;
using static DecoupleQ.Reports.Layout.PageText;

namespace DecoupleQ.Reports.Pilots;

/// <summary>The first page.</summary>
public sealed partial class SummaryPart
{
    // More is no first page.
    private const int MostTasks = 2, MostNamed = 3;

    // From these on there is little to try.
    private const int ManyBits = 4, SmallGroup = 32;

    private SummaryWords Summary => Phrases.Words.Summary;

    private PilotPlots Plots => field ??= new(View);

    private string VerdictClass => Result.Verdict switch
    {
        Verdict.Pass => "verdict pass",
        Verdict.Undecided => "verdict undecided",
        Verdict.Fail => "verdict fail",
        _ => "verdict",
    };

    private IReadOnlyList<JudgementResult> Judgements => Result.Chosen?.Judgements ?? [];

    private IEnumerable<string> Sentences()
    {
        string model = Name(Result.Model.Name);
        if (Result.Chosen is not ChosenResult chosen)
        {
            yield return Put(Summary.NothingChosen, model);
            yield break;
        }
        string setting = Phrases.Setting(chosen.Setting), all = PageNumbers.Count(Judgements.Count);
        yield return Result.Verdict switch
        {
            Verdict.Pass => Put(Summary.Pass, model, setting, all),
            Verdict.Undecided => Put(Summary.Undecided, model, setting, Count(Verdict.Undecided), all),
            Verdict.Fail => Put(Summary.Fail, model, setting, Count(Verdict.Fail), all, Phrases.Names([.. Of(Verdict.Fail).Select(OptionOf).Distinct()])),
            _ => Put(Summary.NoLimits, model, setting),
        };
        if (View.IsSame)
        {
            yield return Summary.Same;
        }
    }

    private IEnumerable<(string Name, string Value, string? Note)> Key()
    {
        yield return (
            Summary.VerdictKey, Result.Verdict is Verdict verdict ? Known.Verdicts[verdict] : Summary.NoVerdict,
            Judgements.Count == 0 ? null : Put(Summary.VerdictNote, Count(Verdict.Pass), PageNumbers.Count(Judgements.Count)));
        if (View is { Costs: CostFigures costs, CostInputs: CostInputs inputs })
        {
            yield return costs.SavingPerMonth is Spread saving
                ? (Summary.SavingKey, PilotNumbers.Money(saving.Value, inputs.Currency), saving.IsExact ? null
                    : Put(Summary.SavingNote, PilotNumbers.Money(saving.Low, inputs.Currency), PilotNumbers.Money(saving.High, inputs.Currency)))
                : (Summary.SavingKey, Summary.CannotBeServed, Obstacle(costs));
            if (costs.PayBack is PayBack months)
            {
                string? range = months.Low == months.High ? null : Put(Summary.PayBackNote, Phrases.Months(months.Low), Phrases.Months(months.High));
                yield return (Summary.PayBackKey, Phrases.Months(months.Months), range ?? Put(
                    Summary.OnceNote, PilotNumbers.Money(costs.OneTimeCost.Value, inputs.Currency)));
            }
        }
        if (Result.Chosen is not ChosenResult chosen)
        {
            yield break;
        }
        yield return (Summary.SizeKey, PageNumbers.Bytes(chosen.Size.PackedFiles), Put(
            Summary.SizeNote, PageNumbers.Bytes(chosen.Size.DenseFiles), PilotNumbers.Percent((double)chosen.Size.PackedFiles / chosen.Size.DenseFiles)));
        Spread ratio = chosen.Speed.DecodeRatio;
        yield return (Summary.SpeedKey, Put(Frame.Times, PilotNumbers.Ratio(ratio.Value)), Put(
            Summary.SpeedNote, PilotNumbers.Ratio(ratio.Low), PilotNumbers.Ratio(ratio.High)));
        foreach (TaskPart task in chosen.Tasks.Take(MostTasks))
        {
            yield return (Put(Summary.TaskKey, Storage.VisibleText.Of(Name(task.File, 40))), PilotNumbers.Percent(task.PackedAccuracy.Value), Put(
                Summary.TaskNote, PilotNumbers.Percent(task.DenseAccuracy.Value), PageNumbers.Count(task.Lost), PageNumbers.Count(task.Gained)));
        }
    }

    private IEnumerable<string> Next()
    {
        if (Result.Chosen is not ChosenResult chosen)
        {
            return [Summary.NextNothing];
        }
        if (View.IsSame)
        {
            return [Summary.NextSame];
        }
        IEnumerable<string> steps = Result.Verdict switch
        {
            Verdict.Pass => [Summary.NextPass],
            Verdict.Undecided => Of(Verdict.Undecided).Select(ToDecide).Distinct(),
            Verdict.Fail => AfterFailure(chosen),
            _ => [Summary.NextNoLimits],
        };
        string[] worst = [.. chosen.Risk.Slices.Where(slice => slice.StandsOut).Take(MostNamed).Select(slice => Phrases.Slice(slice.Name))];
        return
        [
            .. steps,
            .. worst.Length > 0 ? [Put(Summary.NextSlices, Phrases.Names(worst))] : Array.Empty<string>(),
        ];
    }

    private string ToDecide(JudgementResult judgement) => judgement.Doubt switch
    {
        Doubt.AtThreshold => Put(Summary.NextAtLimit, Phrases.Threshold(judgement.Threshold)),
        Doubt.NoInterval => Put(Summary.NextNoInterval, Phrases.Threshold(judgement.Threshold)),
        _ => Put(
            Summary.NextItems, Phrases.Threshold(judgement.Threshold),
            judgement.ItemsToDecide is long items ? PageNumbers.Count(items) : PageNumbers.None, PageNumbers.Count(judgement.Items)),
    };

    private IEnumerable<string> AfterFailure(ChosenResult chosen)
    {
        string latency = ThresholdKind.MaxLatency.Name;
        if (Of(Verdict.Fail).Any(judgement => judgement.Threshold != latency))
        {
            bool isWidest = chosen.Setting.Bits >= ManyBits && chosen.Setting.GroupSize is > 0 and <= SmallGroup;
            yield return Put(isWidest ? Summary.NextWidest : Summary.NextMoreBits, Phrases.Setting(chosen.Setting));
            string[] layers = [.. chosen.Risk.Layers.Where(layer => layer.RelativeError > 0).Take(MostNamed).Select(layer => Name(layer.Name))];
            if (layers.Length > 0)
            {
                yield return Put(Summary.NextLayers, Phrases.Names(layers));
            }
        }
        if (Of(Verdict.Fail).Any(judgement => judgement.Threshold == latency))
        {
            yield return Summary.NextLatency;
        }
    }

    private IEnumerable<string> Tried()
    {
        string tried = PageNumbers.Count(Result.Ladder.Count(rung => rung.State is RungState.Passed or RungState.Undecided or RungState.Failed));
        string all = PageNumbers.Count(Result.Ladder.Count);
        if (Result.Chosen is ChosenResult chosen)
        {
            yield return chosen.Reason == ChoiceReason.Given
                ? Put(Summary.TriedGiven, Phrases.Setting(chosen.Setting))
                : Put(Summary.TriedLadder, tried, all, Phrases.Setting(chosen.Setting), Known.Reasons[chosen.Reason]);
            yield return Put(
                Summary.TriedOn, PageNumbers.Count(chosen.Quality.Windows), PageNumbers.Count(Result.Question.Context), Phrases.Names(Result.Question.Test),
                Phrases.Calibration(Result.Question.Calibration));
            yield return Put(Summary.TriedMachine, Name(Result.Machine.Processor), PageNumbers.Count(Result.Machine.Threads));
        }
        else
        {
            yield return Put(Summary.TriedNothing, tried, all);
        }
        yield return EnvironmentPart.Overlap(Result.Question.Overlap, Summary);
    }

    private string? Obstacle(CostFigures costs) =>
        (costs.Packed.Obstacle ?? costs.Dense.Obstacle) is CostObstacle obstacle ? Known.CostObstacles[obstacle] : null;

    private IEnumerable<JudgementResult> Of(Verdict verdict) => Judgements.Where(judgement => judgement.Verdict == verdict);

    private string Count(Verdict verdict) => PageNumbers.Count(Of(verdict).Count());

    private string OptionOf(JudgementResult judgement) => $"{Phrases.Threshold(judgement.Threshold)} {Name(judgement.Limit)}";
}
