using DecoupleQ.Pilot.Quality;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Pilot.TestData;

namespace DecoupleQ.Pilot.Risk;

/// <summary>Windows of text as items of slices.</summary>
public static class WindowSlices
{
    /// <summary>
    /// An item a window: its difference is the loss of the packed model less that of the dense one, nats a token, its weight the number of predicted tokens.
    /// </summary>
    /// <param name="windows">The windows.</param>
    /// <param name="figures">What was measured on each, in the same order.</param>
    public static IReadOnlyList<SliceItem> Items(IReadOnlyList<TestWindow> windows, IReadOnlyList<WindowFigures> figures) =>
    [
        .. MeasuredWindows.Pairs(windows, figures).Select(pair => new SliceItem(
            TextTraits.Of(pair.Window.Source, pair.Window.Text, []),
            (pair.Figures.PackedLoss - pair.Figures.DenseLoss) / pair.Figures.Tokens,
            pair.Figures.Tokens)),
    ];
}
