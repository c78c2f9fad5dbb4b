using DecoupleQ.Monitoring.Comparisons;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Reports.Periods;

namespace DecoupleQ.Reports.Tests;

/// <summary>Figures of entries in memory.</summary>
public sealed class PeriodTests
{
    private static readonly DateTimeOffset Start = WrittenLog.Start;

    [Fact]
    public void Figures_do_not_depend_on_the_order_of_the_entries()
    {
        MonitorEntry[] month = [.. WrittenLog.Month()];
        MonitorEntry[] mixed = [.. month];
        new SplitMix64(3).Shuffle<MonitorEntry>(mixed);
        string[] pages = [.. new[] { month, mixed }.Select(entries => MonitorReport.Render(Read(entries)))];
        Assert.Equal(pages[0], pages[1]);
    }

    [Fact]
    public void Means_and_shares_are_those_of_the_answers()
    {
        AnswerEntry[] answers =
        [
            WrittenLog.Answer("a", Start) with { LogProbability = -1, Tokens = 10, Truncated = true, FirstTokenMs = 100 },
            WrittenLog.Answer("b", Start.AddMinutes(1)) with { LogProbability = -2, Tokens = 30, FirstTokenMs = 300, TokensPerSecond = 10 },
            // Nothing was written: it counts as empty, and in no mean of what was.
            WrittenLog.Answer("c", Start.AddMinutes(2)) with
            {
                LogProbability = 0, Entropy = 0, Tokens = 0, Empty = true, FirstTokenMs = 0, TokensPerSecond = 0,
            },
            WrittenLog.Answer("d", Start.AddMinutes(2), route: WrittenLog.Text) with { LogProbability = -3, Tokens = 2 },
        ];
        ModelFigures model = Assert.Single(Read(answers).Models);
        AnswerFigures chat = model.Routes[WrittenLog.Chat];
        Assert.Equal((3, 40), (chat.Answers, chat.Tokens));
        Assert.Equal(-1.5, chat.LogProbability.Value);
        Assert.Equal(1.5, chat.Entropy.Value);
        Assert.Equal((1.0 / 3, 1.0 / 3), (chat.Truncated, chat.Empty));
        Assert.Equal(0.1, chat.FirstToken.Quantile(0), 0.001);
        Assert.Equal(2, chat.TokensPerSecond.Count);
        Assert.Equal(-3, model.Routes[WrittenLog.Text].LogProbability.Value);
        Assert.Equal(-2, model.Answers.LogProbability.Value);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(60 * 24 * 2)]
    [InlineData(60 * 24 * 365 * 50)]
    public void Pieces_of_a_period_hold_all_answers_and_are_never_too_many(int minutes)
    {
        var random = new SplitMix64(5);
        AnswerEntry[] answers = [.. Enumerable.Range(0, 500).Select(i => WrittenLog.Answer($"{i}", Start.AddMinutes(random.NextInt(minutes))))];
        PeriodFigures figures = Read(answers);
        (DateTimeOffset Start, IReadOnlyDictionary<string, AnswerFigures> Models)[] pieces = [.. figures.OverTime.All];
        Assert.InRange(pieces.Length, 1, TimeBuckets.MostPieces);
        Assert.All(pieces, piece => Assert.Equal(
            answers.Count(answer => answer.Time >= piece.Start && answer.Time < piece.Start + figures.OverTime.Width),
            piece.Models.Values.Sum(model => model.Answers)));
        Assert.Equal(500, pieces.Sum(piece => piece.Models.Values.Sum(model => model.Answers)));
    }

    [Fact]
    public void A_period_may_reach_from_the_first_day_to_the_last()
    {
        PeriodFigures figures = Read(WrittenLog.Answer("a", DateTimeOffset.MinValue), WrittenLog.Answer("b", DateTimeOffset.MaxValue));
        Assert.InRange(figures.OverTime.All.Count(), 2, TimeBuckets.MostPieces);
        Assert.Contains("<svg", MonitorReport.Render(figures));
    }

    [Fact]
    public void A_part_of_the_log_is_told_alone_with_what_it_began_with()
    {
        DriftEntry began = WrittenLog.Drift(Start.AddDays(1), true, new SignalDifference("entropy", 1e-6, 1.5, 2));
        MonitorEntry[] log =
        [
            WrittenLog.Began(WrittenLog.Packed, "canary", Start),
            new ShareEntry { Time = Start, Model = WrittenLog.Packed, Share = 0.25, Reason = new StartedReason() },
            WrittenLog.Began("gone", "primary", Start), WrittenLog.Answer("early", Start), began,
            WrittenLog.Answer("in", Start.AddDays(2)), WrittenLog.Answer("other", Start.AddDays(2), WrittenLog.Dense),
            WrittenLog.Drift(Start.AddDays(3), false), WrittenLog.Answer("late", Start.AddDays(3)),
        ];
        PeriodFigures figures = Read(new PeriodOptions { From = Start.AddDays(2), To = Start.AddDays(3) }, log);
        Assert.Equal((2, Start.AddDays(2), Start.AddDays(2)), (figures.Entries, figures.First, figures.Last));
        Assert.Equal([WrittenLog.Packed, WrittenLog.Dense], figures.Models.Select(model => model.Name));
        Assert.Equal(["canary"], figures.Models[0].Parts);
        Assert.Equal(0, figures.Models[0].Starts);
        // It goes on beyond the period.
        Assert.Equal((began.Time, null), (Assert.Single(figures.Drift).Began, figures.Drift[0].Ended));
        Assert.Equal(0.25, Assert.Single(figures.Shares).Share);

        figures = Read(new PeriodOptions { Model = WrittenLog.Dense }, log);
        Assert.Equal(WrittenLog.Dense, Assert.Single(figures.Models).Name);
        Assert.Empty(figures.Drift);
    }

    [Fact]
    public void Drift_begins_once_and_ends_by_an_entry_or_a_restart()
    {
        PeriodFigures figures = Read(
            WrittenLog.Drift(Start, false),
            WrittenLog.Drift(Start.AddHours(1), true, new SignalDifference("entropy", 1e-6, 1.5, 2)),
            WrittenLog.Drift(Start.AddHours(2), true, new SignalDifference("entropy", 1e-9, 1.5, 3), new SignalDifference("tokens", 1e-7, 100, 200)),
            WrittenLog.Drift(Start.AddHours(3), false),
            WrittenLog.Drift(Start.AddHours(4), true, new SignalDifference("empty", 1e-6, 0, 0.5)),
            WrittenLog.Began(WrittenLog.Packed, "canary", Start.AddHours(5)),
            WrittenLog.Drift(Start.AddHours(6), true, new SignalDifference("empty", 1e-6, 0, 0.5)));
        Assert.Equal(
            [
                (null, Start, false), (Start.AddHours(1), Start.AddHours(3), false), (Start.AddHours(4), Start.AddHours(5), true),
                (Start.AddHours(6), null, false),
            ],
            figures.Drift.Select(drift => (drift.Began, drift.Ended, drift.Restarted)));
        // Each signal as it was first seen.
        Assert.Equal([("entropy", 2.0), ("tokens", 200)], figures.Drift[1].Signals.Select(signal => (signal.Signal, signal.Window)));
    }

    [Fact]
    public void Comparisons_have_the_figures_of_all_answers_and_of_pieces_of_the_time()
    {
        ComparisonEntry[] entries =
            [.. Enumerable.Range(0, 200).Select(i => WrittenLog.Comparison($"{i}", Start.AddHours(i), 0.05 + (0.001 * (i % 7)), 10 + i))];
        ComparisonFigures figures = Assert.Single(Read([.. entries, WrittenLog.Comparison("none", Start, 0, tokens: 0)]).Comparisons);
        Assert.Equal((WrittenLog.Packed, WrittenLog.Dense, 200, false), (figures.Model, figures.Reference, figures.Answers, figures.Sampled));
        Assert.Equal(ComparisonSummary.Of(entries), figures.Summary);
        Assert.Equal(entries.Sum(entry => entry.KlDivergence) / entries.Sum(entry => entry.Tokens), figures.Summary.KlDivergence.Value, 12);
        Assert.Equal(Math.Exp(0.05), figures.Summary.PerplexityRatio.Value, 9);
        Assert.InRange(figures.OverTime.Count, 2, 20);
        Assert.Equal(200, figures.OverTime.Sum(piece => piece.Summary.Answers));
    }

    [Fact]
    public void Of_very_many_comparisons_a_sample_tells()
    {
        var random = new SplitMix64(11);
        IEnumerable<ComparisonEntry> entries =
            Enumerable.Range(0, 12_000).Select(i => WrittenLog.Comparison($"{i}", Start.AddMinutes(i), random.NextDouble()));
        ComparisonFigures figures = Assert.Single(Read(entries).Comparisons);
        Assert.Equal((12_000, true, ComparisonSample.Most), (figures.Answers, figures.Sampled, figures.Summary.Answers));
        Assert.Equal(0.5, figures.Summary.KlDivergence.Value, 0.02);
    }

    [Fact]
    public void The_answers_that_differ_most_are_found_wherever_they_stand()
    {
        var log = new List<MonitorEntry>();
        for (int i = 0; i < 60; i++)
        {
            // Before its answer, of which some are in no file any more.
            log.Add(WrittenLog.Comparison($"{i}", Start.AddMinutes(i + 1), kl: i / 100.0, tokens: 1 + (i % 50)));
            log.AddRange(i % 2 == 0 ? [WrittenLog.Answer($"{i}", Start.AddMinutes(i)) with { Prompt = $"prompt {i}", Answer = new string('x', 5000) }] : []);
        }
        IReadOnlyList<DifferingAnswer> differing = Read(log).Differing;
        Assert.Equal(Enumerable.Range(40, 20).Reverse().Select(i => $"{i}"), differing.Select(answer => answer.Comparison.Id));
        Assert.All(differing, (answer, place) => Assert.Equal(place % 2 == 1, answer.Answer is not null));
        Assert.Equal(0.58, differing[1].KlDivergence, 9);
        Assert.Equal("prompt 58", differing[1].Answer!.Prompt);
        Assert.EndsWith("x \u2026 (+3800)", differing[1].Answer!.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public void More_models_than_a_plot_can_tell_apart_are_refused_and_one_of_them_is_not()
    {
        MonitorEntry[] log = [.. Enumerable.Range(0, 9).Select(i => WrittenLog.Answer($"{i}", Start, $"model-{i}"))];
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Read(log));
        Assert.Contains("more than 8 models: model-0, ", error.Message);
        Assert.Equal("--model", error.Field);
        Assert.Equal("model-3", Assert.Single(Read(new PeriodOptions { Model = "model-3" }, log).Models).Name);
    }

    private static PeriodFigures Read(params IEnumerable<MonitorEntry> entries) => Read(new PeriodOptions(), entries);

    private static PeriodFigures Read(PeriodOptions options, IEnumerable<MonitorEntry> entries) => PeriodReader.Read(() => entries, "log", options);
}
