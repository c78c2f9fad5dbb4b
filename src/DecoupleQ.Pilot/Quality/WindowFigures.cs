using DecoupleQ.Evaluation;

namespace DecoupleQ.Pilot.Quality;

/// <summary>Both models on a window: sums over its predicted tokens, from which all figures are made.</summary>
/// <param name="Window">The window's key (<see cref="TestData.TestWindow.Key"/>).</param>
/// <param name="Tokens">Predicted tokens.</param>
/// <param name="DenseLoss">The dense model's negative log-likelihood of them, nats.</param>
/// <param name="PackedLoss">The packed model's.</param>
/// <param name="KlDivergence">KL(dense || packed), nats.</param>
/// <param name="Agreements">Positions with the same most probable id.</param>
/// <param name="Changed">The positions that changed most, the largest divergence first: at most <see cref="MostChanged"/>.</param>
public sealed record WindowFigures(
    string Window, int Tokens, double DenseLoss, double PackedLoss, double KlDivergence, int Agreements, IReadOnlyList<ChangedPosition> Changed)
{
    /// <summary>The most positions that are kept of a window; so many of all windows together are then known exactly.</summary>
    public const int MostChanged = 40;

    /// <summary>Nats: nobody minds a smaller divergence at a position, and rounding alone makes some.</summary>
    public const double Negligible = 1e-4;

    /// <summary>Positions with a divergence that is not negligible; <see cref="Changed"/> has the first of them.</summary>
    public int ChangedInAll { get; init; } = Changed.Count;

    /// <summary>The sums of what was measured.</summary>
    /// <param name="window">The window's key.</param>
    /// <param name="measured">The packed model's measurement, with the dense one as the reference.</param>
    internal static WindowFigures Of(string window, WindowMeasurement measured)
    {
        ReferenceMeasurement dense = measured.Reference ?? throw new ArgumentException("There is no reference.", nameof(measured));
        int[] changed =
        [
            .. Enumerable.Range(0, measured.Losses.Count).Where(position => dense.Divergences[position] > Negligible)
                .OrderByDescending(position => dense.Divergences[position]).Take(MostChanged),
        ];
        return new WindowFigures(
            window,
            measured.Losses.Count,
            dense.Losses.Sum(),
            measured.Losses.Sum(),
            // Below 0 by rounding alone.
            Math.Max(0, dense.Divergences.Sum()),
            Enumerable.Range(0, measured.Losses.Count).Count(position => dense.Choices[position] == measured.Choices[position]),
            [
                .. changed.Select(position => new ChangedPosition(
                    position + 1,
                    dense.Divergences[position],
                    Math.Exp(-dense.Losses[position]),
                    Math.Exp(-measured.Losses[position]),
                    dense.Choices[position],
                    measured.Choices[position])),
            ])
        {
            ChangedInAll = dense.Divergences.Count(divergence => divergence > Negligible),
        };
    }
}
