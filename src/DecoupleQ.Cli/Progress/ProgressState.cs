namespace DecoupleQ.Cli.Progress;

/// <summary>How far some work is, ready to be shown.</summary>
/// <param name="Fraction">Share done, 0 to 1.</param>
/// <param name="Notes">What there is to say beside a bar, the most important first: the last ones go where there is no room.</param>
/// <param name="Milestone">Changes when <paramref name="MilestoneText"/> deserves a line of its own.</param>
/// <param name="MilestoneText">For a log.</param>
internal readonly record struct ProgressState(double Fraction, IReadOnlyList<string> Notes, int Milestone, string MilestoneText)
{
    /// <summary>Parts of the work, each with a bar of its own.</summary>
    public IReadOnlyList<ProgressPart> Parts { get; init; } = [];
}

/// <summary>A part of some work.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Fraction">Share done, 0 to 1.</param>
/// <param name="Notes">What there is to say of it, the most important first.</param>
internal readonly record struct ProgressPart(string Name, double Fraction, IReadOnlyList<string> Notes);
