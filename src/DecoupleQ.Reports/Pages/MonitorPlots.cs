using DecoupleQ.Reports.Periods;
using DecoupleQ.Reports.Plots;
using DecoupleQ.Statistics;
using static DecoupleQ.Reports.Layout.PageText;

namespace DecoupleQ.Reports.Pages;

/// <summary>What a report on a monitor log draws.</summary>
internal sealed class MonitorPlots
{
    private const double Low = 0.1, Median = 0.5, High = 0.9, Slowest = 0.95;

    private readonly PeriodFigures _figures;
    private readonly MonitorTexts _texts;
    private readonly (DateTimeOffset Start, IReadOnlyDictionary<string, AnswerFigures> Models)[] _pieces;
    private readonly string[] _answering;
    private readonly (DateTimeOffset First, DateTimeOffset Last) _axis;
    private readonly string _width;

    public MonitorPlots(PeriodFigures figures, MonitorTexts texts, string width)
    {
        (_figures, _texts, _width) = (figures, texts, width);
        _pieces = [.. figures.OverTime.All];
        _answering = [.. figures.Models.Where(model => model.Answers.Answers > 0).Select(model => model.Name)];
        _axis = (figures.First, figures.Last);
        if (_pieces.Length > 0)
        {
            DateTimeOffset end = BucketWidth.EndOf(_pieces[^1].Start, figures.OverTime.Width);
            _axis = (Earlier(_pieces[0].Start, figures.First), Later(end, figures.Last));
        }
    }

    /// <summary>The color of a model, the same in every plot.</summary>
    public static int ColorOf(PeriodFigures figures, string model) => figures.Models.Index().First(item => item.Item.Name == model).Index;

    /// <summary>Of answers, each with how to read it.</summary>
    public IEnumerable<(TimePlot Plot, string Note)> Answers()
    {
        if (_pieces.Length == 0)
        {
            yield break;
        }
        yield return (Plot(_texts.PlotAnswers, "", Lines(answers => answers.Answers, whereNone: 0)) with { FromZero = true }, Put(_texts.PlotEach, _width));
        yield return (Quality(_texts.LogProbability, Lines(
            answers => answers.LogProbability.Value,
            answers => (-answers.NegatedLogProbabilities.Quantile(High), -answers.NegatedLogProbabilities.Quantile(Low)))), _texts.PlotBand);
        yield return (Quality(_texts.Entropy, Lines(
            answers => answers.Entropy.Value, answers => (answers.Entropies.Quantile(Low), answers.Entropies.Quantile(High)))), _texts.PlotBand);
        yield return (Share(_texts.Repetition, Lines(answers => answers.Repetition.Value)), _texts.PlotMean);
        yield return (
            Share(_texts.PlotEmptyTruncated, [.. Lines(answers => answers.Truncated), .. Dashed(Lines(answers => answers.Empty))]),
            _texts.PlotEmptyTruncatedNote);
        yield return (Share(_texts.PlotOverruled, Lines(answers => answers.Overruled.Value)) with { Marked = [] }, _texts.PlotMean);
        yield return (Times(_texts.FirstToken, answers => answers.FirstToken), _texts.MedianAnd95);
        yield return (
            Plot(_texts.TokensPerSecond, "", Lines(answers => answers.TokensPerSecond.Quantile(Median))) with { FromZero = true }, _texts.Median);
        yield return (Times(_texts.PlotQueue, answers => answers.Queue), _texts.MedianAnd95);
    }

    /// <summary>Of comparisons.</summary>
    public IEnumerable<(TimePlot Plot, string Note)> Comparisons()
    {
        yield return (Plot(_texts.KlDivergence, "", Compared(piece => piece.KlDivergence)) with { FromZero = true }, _texts.IntervalNote);
        yield return (Plot(_texts.Agreement, "", Compared(piece => piece.Agreement)) with { IsShare = true }, _texts.IntervalNote);
        yield return (Plot(_texts.PerplexityRatio, "", Compared(piece => piece.PerplexityRatio)), _texts.IntervalNote);

        IReadOnlyList<TimeSeries> Compared(Func<DecoupleQ.Monitoring.Comparisons.ComparisonSummary, Estimate> figure) =>
        [
            .. _figures.Comparisons.Select(comparison => new TimeSeries(ColorOf(_figures, comparison.Model), [.. comparison.OverTime.Select(piece =>
            {
                Estimate estimate = figure(piece.Summary);
                return new TimePoint(Within(piece.Middle), estimate.Value, estimate.Low, estimate.High);
            })])),
        ];
    }

    /// <summary>The share of canaries.</summary>
    public TimePlot Shares() => Plot(_texts.Share, "",
    [
        .. _figures.Shares.GroupBy(change => change.Model).Select(canary => new TimeSeries(
            _figures.Models.Any(model => model.Name == canary.Key) ? ColorOf(_figures, canary.Key) : _figures.Models.Count,
            [.. canary.Select(change => new TimePoint(Within(change.Time), change.Share)), new TimePoint(_axis.Last, canary.Last().Share)])),
    ]) with { IsShare = true, FromZero = true, IsSteps = true };

    private static IEnumerable<TimeSeries> Dashed(IEnumerable<TimeSeries> series) => series.Select(line => line with { IsDashed = true });

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private DateTimeOffset Within(DateTimeOffset time) => time < _axis.First ? _axis.First : time > _axis.Last ? _axis.Last : time;

    private TimePlot Plot(string title, string unit, IReadOnlyList<TimeSeries> series) => new(title, series) { Unit = unit, Axis = _axis };

    private TimePlot Quality(string title, IReadOnlyList<TimeSeries> series) => Plot(title, _texts.Nats, series) with { Marked = Drifts() };

    private TimePlot Share(string title, IReadOnlyList<TimeSeries> series) =>
        Plot(title, "", series) with { IsShare = true, FromZero = true, Marked = Drifts() };

    private TimePlot Times(string title, Func<AnswerFigures, QuantileSketch> times) => Plot(
        title, _texts.Seconds,
        [.. Lines(answers => times(answers).Quantile(Median)), .. Dashed(Lines(answers => times(answers).Quantile(Slowest)))]) with { FromZero = true };

    // Of several routes that differ at a time, the time once.
    private IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Drifts()
    {
        var marked = new List<(DateTimeOffset From, DateTimeOffset To)>();
        foreach (DriftPeriod drift in _figures.Drift)
        {
            (DateTimeOffset from, DateTimeOffset to) = (Within(drift.Began ?? _axis.First), Within(drift.Ended ?? _axis.Last));
            if (marked.Count > 0 && from <= marked[^1].To)
            {
                marked[^1] = (marked[^1].From, Later(marked[^1].To, to));
            }
            else
            {
                marked.Add((from, to));
            }
        }
        return marked;
    }

    private TimeSeries[] Lines(
        Func<AnswerFigures, double> value, Func<AnswerFigures, (double Low, double High)>? band = null, double whereNone = double.NaN)
    {
        return [.. _answering.Select(model => new TimeSeries(ColorOf(_figures, model), [.. _pieces.Select(piece => Point(piece.Start, Of(piece, model)))]))];

        AnswerFigures? Of((DateTimeOffset Start, IReadOnlyDictionary<string, AnswerFigures> Models) piece, string model) =>
            piece.Models.GetValueOrDefault(model);

        TimePoint Point(DateTimeOffset start, AnswerFigures? answers)
        {
            DateTimeOffset middle = Within(BucketWidth.MiddleOf(start, _figures.OverTime.Width));
            if (answers is null || !double.IsFinite(value(answers)))
            {
                return new TimePoint(middle, answers is null ? whereNone : double.NaN);
            }
            (double Low, double High)? ends = band?.Invoke(answers);
            return new TimePoint(middle, value(answers), ends?.Low, ends?.High);
        }
    }
}
