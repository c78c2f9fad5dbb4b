using DecoupleQ.Pilot.Quality;

namespace DecoupleQ.Pilot.Risk;

/// <summary>How much the two models' difference varies by chance: what a slice's difference is to be held against.</summary>
public static class HalvesNoise
{
    private const int Divisions = 1000, Within = 949;

    // Any; the same, so that the same windows give the same figure.
    private const ulong Seed = 20_241_104;

    /// <summary>
    /// By how much what packing loses (the packed model's loss less the dense one's, nats a token) differs between two random halves of the windows: at most so
    /// much in 95 of 100 divisions. 0 of fewer than two windows.
    /// </summary>
    public static double Of(IReadOnlyList<WindowFigures> windows) => Of(windows, window => window.PackedLoss - window.DenseLoss);

    /// <summary>As <see cref="Of(IReadOnlyList{WindowFigures})"/>, of the share of positions with the same most probable token.</summary>
    public static double OfAgreement(IReadOnlyList<WindowFigures> windows) => Of(windows, window => window.Agreements);

    private static double Of(IReadOnlyList<WindowFigures> windows, Func<WindowFigures, double> of)
    {
        ArgumentNullException.ThrowIfNull(windows);
        if (windows.Count < 2)
        {
            return 0;
        }
        var random = new SplitMix64(Seed);
        int[] order = [.. Enumerable.Range(0, windows.Count)];
        var differences = new double[Divisions];
        for (int division = 0; division < Divisions; division++)
        {
            random.Shuffle(order.AsSpan());
            differences[division] = Math.Abs(Mean(order.AsSpan(0, order.Length / 2)) - Mean(order.AsSpan(order.Length / 2)));
        }
        Array.Sort(differences);
        return differences[Within];

        double Mean(ReadOnlySpan<int> places)
        {
            double sum = 0, tokens = 0;
            foreach (int place in places)
            {
                sum += of(windows[place]);
                tokens += windows[place].Tokens;
            }
            return sum / tokens;
        }
    }
}
