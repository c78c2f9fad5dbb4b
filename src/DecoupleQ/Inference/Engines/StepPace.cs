namespace DecoupleQ.Inference.Engines;

/// <summary>
/// How much of a prompt goes into a step that others decode in: they wait for its end. What rows of both kinds take is learned from the steps that there were;
/// which rows share a step changes no result.
/// </summary>
/// <param name="limits">How large a step may be.</param>
internal sealed class StepPace(StepLimits limits)
{
    /// <summary>What is taken until anything is known, and on however slow a machine: fewer rows cost nearly as much.</summary>
    public const int Least = 64;

    /// <summary>What a prompt may add to a step; and no less than the decoding takes by itself, as prompts would stand still beside many texts.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    // A step on a machine that others use may take any time; the last few together say more.
    private const double NewShare = 0.3;

    private const int Cheaper = 4;

    // Seconds of a row.
    private double _decoding, _prompt;

    /// <summary>The most rows of prompts in a step.</summary>
    /// <param name="decoding">How many sequences decode in it, or are about to; 0 for none.</param>
    public int Prompts(int decoding)
    {
        if (decoding == 0)
        {
            return limits.Prompts;
        }
        double rows = _prompt > 0 ? Math.Max(Longest.TotalSeconds, decoding * _decoding) / _prompt : Least;
        return (int)Math.Min(limits.Prompts, Math.Max(Least, rows));
    }

    /// <summary>Learns from a step.</summary>
    /// <param name="decoding">Rows that decoded.</param>
    /// <param name="prompts">Rows of prompts.</param>
    /// <param name="took">What it took.</param>
    public void Note(int decoding, int prompts, TimeSpan took)
    {
        if (prompts == 0 && decoding > 0)
        {
            Learn(ref _decoding, took.TotalSeconds / decoding);
        }
        else if (prompts >= Least)
        {
            // What is left to the prompt's rows; they are cheaper than those that decode, but not by more than this.
            double all = took.TotalSeconds, least = all / (Cheaper * (decoding + prompts));
            Learn(ref _prompt, Math.Max(least, (all - (decoding * _decoding)) / prompts));
        }
    }

    private static void Learn(ref double known, double seen) => known = known == 0 ? seen : known + (NewShare * (seen - known));
}
