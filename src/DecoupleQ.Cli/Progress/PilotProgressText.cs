using DecoupleQ.Cli.Rendering;
using DecoupleQ.Pilot.Jobs;

namespace DecoupleQ.Cli.Progress;

/// <summary>Words for the progress of a pilot.</summary>
internal static class PilotProgressText
{
    // Of a step, which may take an hour.
    private const int Milestones = 4;

    /// <summary>Words for one pilot.</summary>
    public static Func<PilotProgress, ProgressState> Describe() => progress =>
    {
        string what = progress.Setting is string setting ? $"{progress.Phase} {setting}" : progress.Phase;
        string step = $"step {progress.Step} of about {progress.Steps}";
        string[] left = progress.Remaining is TimeSpan remaining ? [Figures.Left(remaining) + " in this step"] : [];
        double whole = (progress.Step - 1 + progress.Fraction) / progress.Steps;
        return new(
            Math.Clamp(whole, 0, 1),
            [what, step, .. left],
            (progress.Step * (Milestones + 1)) + (int)(progress.Fraction * Milestones),
            string.Join(", ", [$"{step}: {what}", $"{Math.Floor(progress.Fraction * 100):0} %", .. left]));
    };
}
