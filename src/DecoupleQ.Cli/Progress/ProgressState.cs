namespace DecoupleQ.Cli.Progress;

/// <summary>How far some work is, ready to be shown.</summary>
/// <param name="Fraction">Share done, 0 to 1.</param>
/// <param name="Activity">What it is doing now, for a line that is rewritten.</param>
/// <param name="Milestone">Changes when <paramref name="MilestoneText"/> deserves a line of its own.</param>
/// <param name="MilestoneText">For a log.</param>
internal readonly record struct ProgressState(double Fraction, string Activity, int Milestone, string MilestoneText);
