namespace DecoupleQ.Pilot.Thresholds;

/// <summary>What is said of thresholds.</summary>
public enum Verdict
{
    /// <summary>The whole 95 % interval is within.</summary>
    Pass,

    /// <summary>There is not enough to tell.</summary>
    Undecided,

    /// <summary>The whole 95 % interval is beyond, or the figure is no number.</summary>
    Fail,
}

/// <summary>Verdicts on several thresholds together.</summary>
public static class Verdicts
{
    /// <summary>The exit code of a failure: that of thresholds of <c>eval</c>.</summary>
    public const int FailCode = 3;

    /// <summary>The exit code where there is not enough to tell.</summary>
    public const int UndecidedCode = 4;

    /// <summary>A failure if one fails; else undecided if one is; else a pass. Null without any.</summary>
    /// <remarks>
    /// All must hold, so that a false pass needs a false pass of the threshold that does not hold: the confidence of one is that of all, with no correction
    /// for their number (Berger's intersection-union test).
    /// </remarks>
    public static Verdict? Overall(IEnumerable<Verdict> verdicts)
    {
        ArgumentNullException.ThrowIfNull(verdicts);
        Verdict? worst = null;
        foreach (Verdict verdict in verdicts)
        {
            worst = worst is Verdict known && known > verdict ? known : verdict;
        }
        return worst;
    }

    /// <summary>The tool's exit code: 0 for a pass and where nothing was asked.</summary>
    public static int ExitCode(Verdict? overall) => overall switch
    {
        Verdict.Fail => FailCode,
        Verdict.Undecided => UndecidedCode,
        _ => 0,
    };
}
