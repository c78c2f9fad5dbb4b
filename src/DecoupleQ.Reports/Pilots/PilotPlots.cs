using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Plots;
using DecoupleQ.Reports.Wording;
using DecoupleQ.Statistics;
using DecoupleQ.Storage;
using static DecoupleQ.Reports.Layout.PageText;

namespace DecoupleQ.Reports.Pilots;

/// <summary>What a pilot's page draws.</summary>
/// <param name="view">What it is about.</param>
internal sealed class PilotPlots(PilotView view)
{
    /// <summary>The colour of the dense model, and that of the quantized one.</summary>
    public const int Dense = 0, Packed = 1;

    // More rows are read from the table.
    private const int MostRungs = 24, MostTasks = 1, MostOfAName = 30;

    private readonly SummaryWords _words = view.Phrases.Words.Summary;
    private readonly DetailWords _details = view.Phrases.Words.Details;
    private readonly PilotNumbers _numbers = view.Phrases.Numbers;
    private readonly AxisWords _axis = view.Phrases.Words.Numbers.Axis;

    /// <summary>
    /// What a pilot is judged by against its limits, each with its figures in words: quality on text, the task, and the time of a token if it has a limit.
    /// </summary>
    public IEnumerable<(PagePlot Plot, string Caption)> Accuracy(ChosenResult chosen)
    {
        yield return Strip(_details.PerplexityIncrease, chosen.Quality.PerplexityIncrease, ThresholdKind.MaxPerplexityIncrease);
        yield return Strip(_details.Agreement, chosen.Quality.Agreement, ThresholdKind.MinAgreement);
        foreach (TaskPart task in chosen.Tasks.Take(MostTasks))
        {
            yield return Strip(Put(_words.PlotTask, VisibleText.Of(Name(task.File, MostOfAName))), task.AccuracyLoss, ThresholdKind.MaxAccuracyLoss);
        }
        if (Of(ThresholdKind.MaxLatency) is JudgementResult latency)
        {
            yield return Strip(_details.TokenP95, latency.Measured, ThresholdKind.MaxLatency);
        }

        JudgementResult? Of(ThresholdKind kind) => chosen.Judgements.FirstOrDefault(judgement => judgement.Threshold == kind.Name);

        (PagePlot, string) Strip(string title, Estimate figure, ThresholdKind kind)
        {
            JudgementResult? judgement = Of(kind);
            string measured = _numbers.Interval(figure, view.Phrases.Measured(kind.Name));
            // Percentage points and milliseconds, as the words beside it have them.
            double scale = kind == ThresholdKind.MaxAccuracyLoss ? 100 : kind == ThresholdKind.MaxLatency ? 1000 : 1;
            var plot = new IntervalPlot(title, [new IntervalRow("", Packed, figure.Value * scale, figure.Low * scale, figure.High * scale)])
            {
                IsShare = scale == 1,
                AxisWords = _axis with { Form = kind == ThresholdKind.MaxLatency ? view.Phrases.Words.Numbers.Milliseconds : "{0}" },
                Limit = Phrases.LimitValue(kind.Name, judgement?.Limit) * scale,
                LimitIsLeast = kind.IsLeast,
                // A share of all has no more than all.
                Most = kind.IsLeast ? 1 : null,
            };
            return (plot, judgement is null ? Put(_words.StripNoLimit, measured)
                : Put(_words.StripLimit, measured, view.Phrases.Limit(kind.Name, judgement.Limit)));
        }
    }

    /// <summary>Tokens a second of both at each number of requests.</summary>
    public BarPlot Speed(SpeedFigures speed) => new(_words.PlotSpeed,
    [
        .. speed.Dense.Loads.Join(speed.Packed.Loads, load => load.Requests, load => load.Requests, (dense, packed) => new BarGroup(
            dense.Requests == 1 ? _words.PlotOneRequest : Put(_words.PlotRequests, PageNumbers.Count(dense.Requests)),
            [Bar(Dense, dense.TokensPerSecond, _numbers.Rate), Bar(Packed, packed.TokensPerSecond, _numbers.Rate)])),
    ]) { Unit = _words.PlotSpeedUnit, AxisWords = _axis };

    /// <summary>What both take.</summary>
    public BarPlot Sizes(SizeFigures size)
    {
        (string Label, long Dense, long Packed)[] figures =
        [
            (_words.PlotFiles, size.DenseFiles, size.PackedFiles), (_words.PlotWeights, size.DenseWeights, size.PackedWeights),
            (_words.PlotPeak, size.DensePeak, size.PackedPeak), (_words.PlotRead, size.DenseBytesPerToken, size.PackedBytesPerToken),
        ];
        (double unit, string name) = figures.Max(figure => Math.Max(figure.Dense, figure.Packed)) >= 1_000_000_000 ? (1e9, "GB") : (1e6, "MB");
        return new BarPlot(_words.PlotSizes, [.. figures.Select(figure => new BarGroup(figure.Label, [Of(Dense, figure.Dense), Of(Packed, figure.Packed)]))])
        {
            Unit = name,
            AxisWords = _axis,
        };

        Bar Of(int color, long bytes) => new(color, bytes / unit, null, null, _numbers.Amount(Math.Round(bytes / unit, bytes < 10 * unit ? 2 : 1)));
    }

    /// <summary>What both cost a month.</summary>
    public BarPlot Costs(CostFigures costs, string currency) => new(_words.PlotCost,
    [
        new(view.Phrases.Words.Page.Dense, [.. Of(Dense, costs.Dense)]), new(view.Phrases.Words.Page.Packed, [.. Of(Packed, costs.Packed)]),
    ]) { Unit = _numbers.Currency(currency), AxisWords = _axis };

    /// <summary>The perplexity's increase of the settings that were tried; null where there are fewer than two.</summary>
    public IntervalPlot? Ladder()
    {
        RungResult[] tried = [.. view.Result.Ladder.Where(rung => rung.Quality is not null).Take(MostRungs)];
        SettingResult[] settings = [.. tried.Select(rung => rung.Setting)];
        return tried.Length < 2 ? null : new IntervalPlot(_details.LadderPlot,
        [
            .. tried.Select(rung => new IntervalRow(
                VisibleText.Of(view.Phrases.ShortSetting(rung.Setting, settings)), rung.Setting == view.Result.Chosen?.Setting ? Packed : Dense,
                rung.Quality!.PerplexityIncrease.Value, rung.Quality.PerplexityIncrease.Low, rung.Quality.PerplexityIncrease.High)),
        ])
        {
            IsShare = true,
            AxisWords = _axis,
            Limit = Phrases.LimitValue(
                ThresholdKind.MaxPerplexityIncrease.Name,
                tried.SelectMany(rung => rung.Judgements).FirstOrDefault(judgement => judgement.Threshold == ThresholdKind.MaxPerplexityIncrease.Name)?.Limit),
        };
    }

    private static Bar Bar(int color, Spread spread, Func<double, WrittenNumber> text) => new(color, spread.Value, spread.Low, spread.High, text(spread.Value));

    private IEnumerable<Bar> Of(int color, ServingCost cost) =>
        cost.CostPerMonth is Spread spread ? [Bar(color, spread, _numbers.Amount)] : [];
}
