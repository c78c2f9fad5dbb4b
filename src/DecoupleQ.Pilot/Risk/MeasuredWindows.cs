using DecoupleQ.Pilot.Quality;
using DecoupleQ.Pilot.TestData;

namespace DecoupleQ.Pilot.Risk;

/// <summary>Windows with what was measured on them.</summary>
internal static class MeasuredWindows
{
    /// <exception cref="ArgumentException">Figures are another window's, or there are not as many.</exception>
    public static IReadOnlyList<(TestWindow Window, WindowFigures Figures)> Pairs(IReadOnlyList<TestWindow> windows, IReadOnlyList<WindowFigures> figures)
    {
        ArgumentNullException.ThrowIfNull(windows);
        ArgumentNullException.ThrowIfNull(figures);
        if (windows.Count != figures.Count || windows.Zip(figures).Any(pair => pair.First.Key != pair.Second.Window))
        {
            throw new ArgumentException("The figures are those of other windows.", nameof(figures));
        }
        return [.. windows.Zip(figures)];
    }
}
