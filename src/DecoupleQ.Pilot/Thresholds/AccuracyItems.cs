using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Thresholds;

/// <summary>Questions of a task before two models, by which of them has which right: what an interval of more of them would be follows from that.</summary>
/// <param name="Both">Questions that both have right.</param>
/// <param name="Lost">Those that the dense model alone has.</param>
/// <param name="Gained">Those that the packed model alone has.</param>
/// <param name="Neither">Those that none has.</param>
internal sealed record AccuracyItems(int Both, int Lost, int Gained, int Neither)
{
    // Beyond what anybody asks.
    private const double Most = 1e9;

    /// <summary>All of them.</summary>
    public int All => Both + Lost + Gained + Neither;

    /// <summary>
    /// The fewest questions of the same shares whose interval of the loss (Newcombe's) lies wholly within a limit or wholly beyond it; null where it would take
    /// more than a thousand million, as where the loss is the limit. Without a flip the interval's width falls nearly with the number, not with its square
    /// root, so nothing but trying tells.
    /// </summary>
    /// <param name="limit">The accuracy that may be lost.</param>
    public double? ToDecide(double limit)
    {
        double least = 0, most = 1;
        while (!Decides(most, limit))
        {
            (least, most) = (most, 2 * most);
            if (most > Most)
            {
                return null;
            }
        }
        while (most - least > 1)
        {
            double middle = Math.Floor(least + ((most - least) / 2));
            (least, most) = Decides(middle, limit) ? (least, middle) : (middle, most);
        }
        return most;
    }

    private bool Decides(double items, double limit)
    {
        double scale = items / All;
        Estimate gain = Proportions.Newcombe(Both * scale, Lost * scale, Gained * scale, Neither * scale);
        // What is lost is what is gained, turned over.
        return -gain.Low <= limit || -gain.High > limit;
    }
}
