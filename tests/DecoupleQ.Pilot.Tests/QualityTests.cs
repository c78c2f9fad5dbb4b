using System.Text.Json;
using DecoupleQ.Models;
using DecoupleQ.Pilot.Quality;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Tests;

public sealed class QualityTests(TinyModels models) : IClassFixture<TinyModels>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Figures_are_what_their_definitions_give_in_float64()
    {
        TestWindow[] windows = [.. models.Windows.Take(5)];
        IReadOnlyList<WindowFigures> measured = QualityMeasurement.Measure(models.Dense, models.Packed, windows, cancellationToken: Token);
        double denseLoss = 0, packedLoss = 0, divergence = 0;
        int agreements = 0, tokens = 0;
        var positions = new List<(double Divergence, int Window, int Position, double Dense, double Packed)>();
        foreach ((int w, TestWindow window) in windows.Index())
        {
            double[][] dense = Probabilities(models.Dense, window), packed = Probabilities(models.Packed, window);
            double windowLoss = 0;
            for (int i = 0; i + 1 < window.Ids.Count; i++)
            {
                int next = window.Ids[i + 1];
                windowLoss -= Math.Log(dense[i][next]);
                packedLoss -= Math.Log(packed[i][next]);
                double here = dense[i].Zip(packed[i], (p, q) => p * Math.Log(p / q)).Sum();
                divergence += here;
                agreements += Array.IndexOf(dense[i], dense[i].Max()) == Array.IndexOf(packed[i], packed[i].Max()) ? 1 : 0;
                positions.Add((here, w, i + 1, dense[i][next], packed[i][next]));
                tokens++;
            }
            Assert.Equal(windowLoss, measured[w].DenseLoss, 1e-4);
            denseLoss += windowLoss;
        }
        QualityFigures figures = QualityMeasurement.Summarize(measured);
        Assert.Equal((windows.Length, (long)tokens), (figures.Windows, figures.Tokens));
        Assert.Equal(1, figures.DensePerplexity.Value / Math.Exp(denseLoss / tokens), 1e-5);
        Assert.Equal(1, figures.PackedPerplexity.Value / Math.Exp(packedLoss / tokens), 1e-5);
        Assert.Equal(Math.Exp((packedLoss - denseLoss) / tokens) - 1, figures.PerplexityIncrease.Value, 1e-5);
        Assert.Equal(divergence / tokens, figures.KlDivergence.Value, 1e-5);
        Assert.Equal((double)agreements / tokens, figures.Agreement.Value, 1e-12);
        Assert.True(figures.KlDivergence.Value > 1e-3 && figures.Agreement.Value < 1);

        // Of each window the positions that changed most, in order.
        foreach ((int w, WindowFigures window) in measured.Index())
        {
            var expected = positions.Where(position => position.Window == w && position.Divergence > WindowFigures.Negligible)
                .OrderByDescending(position => position.Divergence).Take(WindowFigures.MostChanged).ToList();
            Assert.Equal(expected.Select(position => position.Position), window.Changed.Select(changed => changed.Position));
            Assert.All(expected.Zip(window.Changed), pair =>
            {
                Assert.Equal(pair.First.Divergence, pair.Second.KlDivergence, 1e-6);
                Assert.Equal(pair.First.Dense, pair.Second.DenseProbability, 1e-6);
                Assert.Equal(pair.First.Packed, pair.Second.PackedProbability, 1e-6);
            });
        }
    }

    [Fact]
    public void Intervals_enclose_their_figures_and_are_the_same_each_time()
    {
        IReadOnlyList<WindowFigures> measured = QualityMeasurement.Measure(models.Dense, models.Packed, models.Windows, cancellationToken: Token);
        QualityFigures figures = QualityMeasurement.Summarize(measured);
        Assert.Equal(figures, QualityMeasurement.Summarize([.. measured.Select(window => window with { })]));
        foreach (Estimate estimate in (Estimate[])
            [figures.DensePerplexity, figures.PackedPerplexity, figures.PerplexityIncrease, figures.KlDivergence, figures.Agreement])
        {
            Assert.True(estimate.Low <= estimate.Value && estimate.Value <= estimate.High && estimate.Low < estimate.High, $"{estimate}");
        }
        Assert.Null(QualityMeasurement.Summarize([.. measured.Take(9)]).PerplexityIncrease.Low);
    }

    [Fact]
    public void Two_models_that_are_the_same_differ_by_nothing()
    {
        using LanguageModel same = LanguageModel.Load(models.DenseFolder, new() { Threads = 1 });
        IReadOnlyList<WindowFigures> measured = QualityMeasurement.Measure(models.Dense, same, models.Windows, cancellationToken: Token);
        QualityFigures figures = QualityMeasurement.Summarize(measured);
        Assert.Equal(new Estimate(0, 0, 0), figures.PerplexityIncrease);
        Assert.Equal(new Estimate(1, 1, 1), figures.Agreement);
        Assert.Equal(0, figures.KlDivergence.Value, 1e-9);
        Assert.Equal(figures.DensePerplexity, figures.PackedPerplexity);
        Assert.All(measured, window => Assert.Empty(window.Changed));
    }

    [Fact]
    public void A_run_that_was_ended_goes_on_with_the_next_window_and_ends_with_the_same_figures()
    {
        IReadOnlyList<WindowFigures> whole = QualityMeasurement.Measure(models.Dense, models.Packed, models.Windows, cancellationToken: Token);
        using var ended = new CancellationTokenSource();
        var kept = new List<string>();
        Assert.Throws<OperationCanceledException>(() => QualityMeasurement.Measure(
            models.Dense, models.Packed, models.Windows, onWindow: figures =>
            {
                kept.Add(JsonSerializer.Serialize(figures));
                if (kept.Count == 5)
                {
                    ended.Cancel();
                }
            },
            cancellationToken: ended.Token));
        Assert.Equal(5, kept.Count);

        WindowFigures[] finished = [.. kept.Select(line => JsonSerializer.Deserialize<WindowFigures>(line)!)];
        var reports = new Reports();
        int measured = 0;
        IReadOnlyList<WindowFigures> resumed = QualityMeasurement.Measure(
            models.Dense, models.Packed, models.Windows, finished, _ => measured++, reports, Token);
        Assert.Equal(models.Windows.Count - 5, measured);
        Assert.Equal(Enumerable.Range(6, measured), reports.Seen.Select(report => report.Done));
        Assert.All(reports.Seen, report => Assert.Equal(models.Windows.Count, report.Total));
        Assert.Equal(TimeSpan.Zero, reports.Seen[^1].Remaining);
        Assert.True(reports.Seen[0].Remaining > TimeSpan.Zero);
        Assert.Equal(JsonSerializer.Serialize(whole), JsonSerializer.Serialize(resumed));
        Assert.Equal(QualityMeasurement.Summarize(whole), QualityMeasurement.Summarize(resumed));
    }

    [Fact]
    public void A_model_that_is_beyond_all_bounds_still_has_figures_that_can_be_written()
    {
        WindowFigures lost = new("", 10, 20, 1e6, 1e6, 0, []);
        QualityFigures figures = QualityMeasurement.Summarize([lost]);
        Assert.True(double.IsFinite(figures.PackedPerplexity.Value) && double.IsFinite(figures.PerplexityIncrease.Value));
        Assert.True(figures.PerplexityIncrease.Value > 1e300);
    }

    private static double[][] Probabilities(LanguageModel model, TestWindow window)
    {
        float[] logits = model.Logits(window.Ids);
        return
        [
            .. logits.Chunk(model.VocabularySize).Select(row =>
            {
                double sum = row.Sum(logit => Math.Exp(logit));
                return row.Select(logit => Math.Exp(logit) / sum).ToArray();
            }),
        ];
    }
}
