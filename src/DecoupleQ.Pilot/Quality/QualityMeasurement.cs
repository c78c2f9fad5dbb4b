using DecoupleQ.Evaluation;
using DecoupleQ.Models;
using DecoupleQ.Pilot.Progress;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Quality;

/// <summary>How well two models predict windows of text, and how their predictions differ.</summary>
public static class QualityMeasurement
{
    /// <summary>Measures windows, one after another, with keys, values and all products in float32.</summary>
    /// <remarks>
    /// The figures of a window depend on the models and the window alone, so that it does not matter in which run it was measured. Beside both models, memory
    /// is taken for the logits of a piece of one window.
    /// </remarks>
    /// <param name="dense">The dense model.</param>
    /// <param name="packed">The packed model.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="finished">What an earlier run has measured, of these models: such windows are not measured again.</param>
    /// <param name="onWindow">Told of each window that is measured, so that it can be kept.</param>
    /// <param name="progress">Told after each window.</param>
    /// <param name="cancellationToken">Ends the work, within a window.</param>
    /// <returns>The figures of all windows, in their order.</returns>
    /// <exception cref="DecoupleQException">A window does not fit the models, their vocabularies differ, or logits are not finite.</exception>
    public static IReadOnlyList<WindowFigures> Measure(
        LanguageModel dense,
        LanguageModel packed,
        IReadOnlyList<TestWindow> windows,
        IReadOnlyList<WindowFigures>? finished = null,
        Action<WindowFigures>? onWindow = null,
        IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dense);
        ArgumentNullException.ThrowIfNull(packed);
        ArgumentNullException.ThrowIfNull(windows);
        Dictionary<string, WindowFigures> known = (finished ?? []).DistinctBy(figures => figures.Window).ToDictionary(figures => figures.Window);
        var clock = new StepClock(windows.Count, windows.Count(window => known.ContainsKey(window.Key)), progress);
        var measured = new List<WindowFigures>(windows.Count);
        foreach (TestWindow window in windows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!known.TryGetValue(window.Key, out WindowFigures? figures))
            {
                figures = WindowFigures.Of(
                    window.Key, PerplexityEvaluation.MeasureWindow(packed, [.. window.Ids], dense, cancellationToken: cancellationToken));
                onWindow?.Invoke(figures);
                clock.Step();
            }
            measured.Add(figures);
        }
        return measured;
    }

    /// <summary>The figures of all windows together, with 95 % intervals from resampling windows.</summary>
    /// <remarks>The same windows give the same figures, bit by bit. There are no intervals of fewer than ten windows.</remarks>
    /// <param name="windows">At least one.</param>
    public static QualityFigures Summarize(IReadOnlyList<WindowFigures> windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        if (windows.Count == 0)
        {
            throw new ArgumentException("There are no windows.", nameof(windows));
        }
        // The difference by itself: of models that are the same it is 0, however their sums are rounded.
        double[][] items =
        [
            .. windows.Select(window => new[]
            {
                window.Tokens, window.DenseLoss, window.PackedLoss, window.PackedLoss - window.DenseLoss, window.KlDivergence, window.Agreements,
            }),
        ];
        Estimate[] figures = Bootstrap.Estimate(
            items,
            sums => Exp(sums[1] / sums[0]),
            sums => Exp(sums[2] / sums[0]),
            sums => Exp(sums[3] / sums[0]) - 1,
            sums => sums[4] / sums[0],
            sums => sums[5] / sums[0]);
        return new QualityFigures(windows.Count, windows.Sum(window => (long)window.Tokens), figures[0], figures[1], figures[2], figures[3], figures[4]);
    }

    // A number, however damaged a model is: JSON has no infinity.
    private static double Exp(double value) => Math.Min(double.MaxValue, Math.Exp(value));
}
