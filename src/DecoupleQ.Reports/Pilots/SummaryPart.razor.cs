using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Guidelines;
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
    private const int MostTasks = 1, MostNamed = 3, MostQuestions = 2, MostOfAnId = 24, MostOfAQuestion = 40;

    // A largest ratio of so much of the least is no noise.
    private const double SteadyRatio = 1.1;

    // From these on there is little to try.
    private const int ManyBits = 4, SmallGroup = 32;

    // More than so many times the items, and it is the setting that should be another one; and what an interval takes at least.
    private const int MostTimes = 20, Fewest = 10;

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
        string setting = Phrases.BitsAndGroup(chosen.Setting), all = PageNumbers.Count(Judgements.Count);
        yield return Result.Verdict switch
        {
            Verdict.Pass => Put(Judgements.Count == 1 ? Summary.PassOne : Summary.Pass, model, setting, all),
            Verdict.Undecided or Verdict.Fail when Judgements.All(judgement => judgement.Verdict != Result.Verdict) => Put(
                Result.Verdict == Verdict.Fail ? Summary.FailChoosing : Summary.UndecidedChoosing, model, setting,
                Phrases.Names([.. Of(Result.Verdict.Value).Select(OptionOf).Distinct()])),
            Verdict.Undecided => Put(Summary.Undecided, model, setting, Count(Verdict.Undecided), all),
            Verdict.Fail => Put(Summary.Fail, model, setting, Count(Verdict.Fail), all, Phrases.Names([.. Of(Verdict.Fail).Select(OptionOf).Distinct()])),
            _ => Put(Summary.NoLimits, model, setting),
        };
        if (chosen.Tasks.Sum(task => task.CriticalLost) is > 0 and int lost)
        {
            yield return Put(
                Summary.CriticalLost, PageNumbers.Count(lost), PageNumbers.Count(chosen.Tasks.Sum(task => task.Critical)), Questions(chosen, lost));
        }
        if (View.IsSame)
        {
            yield return Summary.Same;
        }
    }

    // Critical ones that became wrong: the first of them, and how many more.
    private string Questions(ChosenResult chosen, int lost)
    {
        string[] named =
        [
            .. chosen.Tasks.SelectMany(task => task.Flips).Where(pair => pair is { IsCritical: true, DenseIsRight: true, PackedIsRight: false })
                .Take(MostQuestions)
                .Select(pair => Put(Summary.CriticalQuestion, Name(pair.Id, MostOfAnId), Name(pair.Prompt.ReplaceLineEndings(" "), MostOfAQuestion))),
        ];
        string first = named.Length == 0 ? PageNumbers.None : string.Join(Frame.Separator, named);
        return lost > named.Length && named.Length > 0 ? Put(Frame.NamesMore, first, PageNumbers.Count(lost - named.Length)) : first;
    }

    private IEnumerable<KeyFigure> Key()
    {
        yield return new(
            Summary.VerdictKey, Result.Verdict is Verdict verdict ? Known.Verdicts[verdict] : Summary.NoVerdict,
            Judgements.Count == 0 ? null
                : Put(
                    Summary.VerdictNote, PageNumbers.Count(Judgements.Count(judgement => judgement.Verdict == Verdict.Pass)),
                    PageNumbers.Count(Judgements.Count)),
            Result.Verdict switch
            {
                Verdict.Pass => KeyTone.Good,
                Verdict.Undecided => KeyTone.Open,
                Verdict.Fail => KeyTone.Bad,
                _ => KeyTone.Plain,
            });
        foreach (KeyFigure figure in Saved())
        {
            yield return figure;
        }
        if (Result.Chosen is not ChosenResult chosen)
        {
            yield break;
        }
        yield return new(Summary.SizeKey, PageNumbers.Bytes(chosen.Size.PackedFiles), Put(
            Summary.SizeNote, PageNumbers.Bytes(chosen.Size.DenseFiles), Numbers.Percent((double)chosen.Size.PackedFiles / chosen.Size.DenseFiles)));
        Spread ratio = chosen.Speed.DecodeRatio;
        string range = Put(Summary.SpeedNote, Numbers.Range(Times(ratio.Low), Times(ratio.High)));
        // Of two models that are as fast the ratio lies around 1 too, but not from far below to far above.
        bool isNoisy = ratio is { Low: <= 1, High: >= 1 } && ratio.High > ratio.Low * SteadyRatio;
        yield return new(Summary.SpeedKey, Times(ratio.Value), isNoisy ? $"{range}\n{Summary.SpeedNoisy}" : range);
        foreach (TaskPart task in chosen.Tasks.Take(MostTasks))
        {
            string right = PageNumbers.Count((long)Math.Round(task.PackedAccuracy.Value * task.Items));
            string of = Put(
                Summary.TaskOf, right, PageNumbers.Count(task.Items),
                Numbers.Range(task.PackedAccuracy, share => Numbers.PercentOf(share, task.Items)) ?? PageNumbers.None);
            string flips = Put(
                Summary.TaskNote, Numbers.PercentOf(task.DenseAccuracy.Value, task.Items), PageNumbers.Count(task.Lost), PageNumbers.Count(task.Gained));
            yield return new(Put(Summary.TaskKey, Name(task.File, 40)), Numbers.PercentOf(task.PackedAccuracy.Value, task.Items), $"{of}\n{flips}");
        }

        WrittenNumber Times(double known) => Numbers.Ratio(known) with { Form = Phrases.Words.Numbers.Times };
    }

    // What is saved is to be counted on after a pass alone.
    private IEnumerable<KeyFigure> Saved()
    {
        if (View is not { Costs: CostFigures costs, CostInputs: CostInputs inputs })
        {
            if (Result is { Cost: null, Chosen: not null })
            {
                yield return new(Summary.SavingKey, Summary.NotReckoned, Summary.NeedsPrices, KeyTone.Faint);
            }
            yield break;
        }
        bool isSure = Result.Verdict == Verdict.Pass;
        string? reason = Result.Verdict switch
        {
            Verdict.Pass => null,
            Verdict.Undecided => Summary.IfUndecided,
            Verdict.Fail => Summary.IfFail,
            _ => Summary.IfNoLimits,
        };
        KeyTone tone = isSure ? KeyTone.Plain : KeyTone.Faint;
        string key = isSure ? Summary.SavingKey : Summary.SavingIfKey;
        yield return costs.SavingPerMonth is not Spread saving ? new(key, Summary.CannotBeServed, Obstacle(costs), tone)
            : new(key, Money(saving.Value), Lines(
                reason, SameMachines(costs) is string machines ? Put(Summary.SameMachines, machines) : null,
                saving.IsExact ? null : Put(Summary.SavingNote, Numbers.Range(Money(saving.Low), Money(saving.High)))), tone);
        if (costs.PayBack is PayBack months)
        {
            string? range = months.Low == months.High ? null : Put(Summary.PayBackNote, Phrases.Months(months.Low), Phrases.Months(months.High));
            yield return new(
                isSure ? Summary.PayBackKey : Summary.PayBackIfKey, Phrases.Months(months.Months),
                Lines(reason, range ?? Put(Summary.OnceNote, Money(costs.OneTimeCost.Value))), tone);
        }

        WrittenNumber Money(double amount) => Numbers.Money(amount, inputs.Currency);
    }

    private static string? Lines(params ReadOnlySpan<string?> lines) =>
        string.Join('\n', lines.ToArray().Where(line => line is not null)) is { Length: > 0 } text ? text : null;

    // How many, where nothing is saved since that many are needed in any case.
    private string? SameMachines(CostFigures costs) =>
        costs is { SavingPerMonth.Value: 0, Dense.Machines: Spread dense, Packed.Machines: Spread packed } && dense.Value == packed.Value
            ? Numbers.Amount(dense.Value)
            : null;

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
            Verdict.Pass => View.Costs is CostFigures costs && SameMachines(costs) is string machines
                ? [Put(Summary.NextNoSaving, machines), Summary.NextPass]
                : [Summary.NextPass],
            Verdict.Undecided => [.. Of(Verdict.Undecided).Select(judgement => ToDecide(judgement, chosen)).Distinct(), .. Again(chosen)],
            Verdict.Fail => AfterFailure(chosen),
            _ => [Summary.NextNoLimits],
        };
        string[] worst =
        [
            .. chosen.Risk.Slices.Concat(chosen.Tasks.SelectMany(task => task.Tags)).Where(slice => slice.StandsOut).Take(MostNamed)
                .Select(slice => Phrases.Slice(slice.Name)),
        ];
        return
        [
            .. steps,
            .. worst.Length > 0 ? [Put(Summary.NextSlices, Phrases.Names(worst))] : Array.Empty<string>(),
        ];
    }

    private string ToDecide(JudgementResult judgement, ChosenResult chosen)
    {
        string limit = Phrases.Threshold(judgement.Threshold);
        bool isOfTime = judgement.Threshold == ThresholdKind.MaxLatency.Name;
        if (judgement.ItemsToDecide is not long needed)
        {
            return Put(
                isOfTime ? judgement.Doubt == Doubt.NoInterval ? Summary.NextFewTimes : Summary.NextTimesNoisy
                : judgement.Doubt == Doubt.AtThreshold ? Summary.NextAtLimit
                : judgement.Threshold == ThresholdKind.MaxCriticalFlips.Name ? Summary.NextNoCritical
                : Summary.NextNoInterval, limit);
        }
        string items = Phrases.Items(judgement.Threshold, Phrases.About(needed)), had = Phrases.Items(judgement.Threshold, judgement.Items);
        return isOfTime ? Put(Summary.NextTimes, limit, items, had)
            : needed > MostTimes * judgement.Items
                ? Put(Summary.NextOther, limit, items, PageNumbers.Count(needed / Math.Max(1, judgement.Items)), Dearer(chosen))
            : Put(ItemsFor(judgement.Threshold), limit, items, had, Phrases.Items(judgement.Threshold, Phrases.About(2 * needed)));
    }

    // The next that has not failed, of those that take more bits.
    private string Dearer(ChosenResult chosen) =>
        Result.Ladder.SkipWhile(rung => rung.Setting != chosen.Setting).Skip(1)
            .FirstOrDefault(rung => rung.State is RungState.Passed or RungState.Waiting or RungState.NotNeeded) is RungResult rung
                ? Phrases.BitsAndGroup(rung.Setting)
                : Summary.NextOtherSetting;

    // A finished pilot is not gone on with, but its model can be judged again.
    private IEnumerable<string> Again(ChosenResult chosen)
    {
        JudgementResult[] open =
        [
            .. Of(Verdict.Undecided).Where(judgement => judgement.Threshold != ThresholdKind.MaxLatency.Name && judgement.Doubt != Doubt.AtThreshold
                && !(judgement.ItemsToDecide > MostTimes * judgement.Items)),
        ];
        if (open.Length > 0)
        {
            long windows = open.Where(judgement => ItemsFor(judgement.Threshold) == Summary.NextItems)
                .Select(judgement => Phrases.About(judgement.ItemsToDecide ?? Fewest)).Append(chosen.Quality.Windows).Max();
            yield return Put(Summary.NextAgain, PilotCommandText.OfMore(Result, windows));
        }
    }

    private string ItemsFor(string threshold) =>
        threshold == ThresholdKind.MaxAccuracyLoss.Name || threshold == ThresholdKind.MaxCriticalFlips.Name ? Summary.NextQuestions : Summary.NextItems;

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
                chosen.Reason == ChoiceReason.Given ? Summary.TriedOnAll : Summary.TriedOn,
                PageNumbers.Count(chosen.Quality.Windows), PageNumbers.Count(Result.Question.Context), Phrases.Names(Result.Question.Test),
                Phrases.Calibration(Result.Question.Calibration));
            yield return Put(Summary.TriedMachine, Name(Result.Machine.Processor), PageNumbers.Count(Result.Machine.Threads));
        }
        else
        {
            yield return Put(Summary.TriedNothing, tried, all);
        }
        yield return EnvironmentPart.Overlap(Result.Question.Overlap, Phrases);
    }

    private string? Obstacle(CostFigures costs) =>
        (costs.Packed.Obstacle ?? costs.Dense.Obstacle) is CostObstacle obstacle ? Known.CostObstacles[obstacle] : null;

    // Where the half that judges has none, it is the other one that the verdict is from.
    private IEnumerable<JudgementResult> Of(Verdict verdict) =>
        Judgements.Any(judgement => judgement.Verdict == verdict) ? Judgements.Where(judgement => judgement.Verdict == verdict)
        : verdict == Result.Verdict ? Chosen.Where(judgement => judgement.Verdict == verdict)
        : [];

    private IReadOnlyList<JudgementResult> Chosen =>
        Result.Ladder.FirstOrDefault(rung => rung.Setting == Result.Chosen?.Setting)?.Judgements ?? [];

    private string Count(Verdict verdict) => PageNumbers.Count(Of(verdict).Count());

    private string OptionOf(JudgementResult judgement) => Phrases.LimitOf(judgement.Threshold, judgement.Limit);
}
