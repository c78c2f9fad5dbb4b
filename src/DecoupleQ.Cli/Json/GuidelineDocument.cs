using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Pilot.Thresholds;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>guideline --json</c> prints.</summary>
/// <param name="Output">The page.</param>
/// <param name="Repeated">Files that hold a pilot again, and did not count.</param>
/// <param name="Pilots">The pilots, in the order in which they were given.</param>
/// <param name="Cases">Models, what they were measured on, and what follows.</param>
internal sealed record GuidelineDocument(
    string Output, IReadOnlyList<string> Repeated, IReadOnlyList<GuidelineDocument.Pilot> Pilots, IReadOnlyList<GuidelineDocument.Case> Cases)
{
    public static GuidelineDocument From(string output, Guideline guideline, IReadOnlyList<string> repeated) => new(
        output,
        repeated,
        [.. guideline.Sources.Select(source => new Pilot(
            source.File, source.Result.Model.Name, source.Result.Tool, source.Result.Finished, PilotCommandText.Of(source.Result)))],
        [.. guideline.Cases.Select(item => new Case(
            item.Family, item.Parameters, item.Model, item.Task.Name, item.Task.Metric, item.Limits, item.Holding,
            [.. item.Bits.Select(bits => new BitsState(bits.Bits, bits.Standing))], [.. item.Evidence.Select(Of)]))]);

    private static Row Of(GuidelineEvidence row) => new(
        row.Source, row.Setting.Bits, row.Setting.GroupSize, row.Setting.EmbeddingBits, row.Setting.HeadBits, row.Setting.Preset, row.PresetDigest, row.Part,
        row.BitsPerWeight, IntervalFigures.Of(row.PerplexityIncrease), IntervalFigures.Of(row.Agreement), IntervalFigures.Of(row.AccuracyLoss), row.Items,
        row.Verdict);

    /// <param name="File">Its result.</param>
    /// <param name="Model">The dense model.</param>
    /// <param name="Tool">The version of the tool.</param>
    /// <param name="Finished">When it ended.</param>
    /// <param name="Command">What makes it again.</param>
    internal sealed record Pilot(string File, string Model, string Tool, DateTimeOffset Finished, string Command);

    /// <param name="Family">The architecture.</param>
    /// <param name="Parameters">Weights.</param>
    /// <param name="Model">The model.</param>
    /// <param name="Task">The texts, or the task's file.</param>
    /// <param name="Metric">The task's; absent of text.</param>
    /// <param name="Limits">What it was held to.</param>
    /// <param name="Holds">The fewest bits that hold; absent where none is shown to.</param>
    /// <param name="Bits">What follows for bits that were tried.</param>
    /// <param name="Rows">What was measured.</param>
    internal sealed record Case(
        string Family, long Parameters, string Model, string Task, string? Metric, IReadOnlyList<string> Limits, int? Holds, IReadOnlyList<BitsState> Bits,
        IReadOnlyList<Row> Rows);

    /// <param name="Bits">Bits of a weight.</param>
    /// <param name="Standing">Where they stand.</param>
    internal sealed record BitsState(int Bits, BitsStanding Standing);

    /// <param name="Pilot">The pilot, from 0.</param>
    /// <param name="Bits">Bits of a weight.</param>
    /// <param name="GroupSize">Inputs that share a scale; -1 for the whole row.</param>
    /// <param name="EmbeddingBits">Bits of the embedding; 16 as stored.</param>
    /// <param name="HeadBits">Bits of the head; 16 as stored.</param>
    /// <param name="Preset">The preset.</param>
    /// <param name="PresetDigest">What tells it from one of that name in another version; absent where it is not known.</param>
    /// <param name="Part">Which half of the test.</param>
    /// <param name="BitsPerWeight">Of the whole model.</param>
    /// <param name="PerplexityIncrease">As a share of the dense model's.</param>
    /// <param name="Agreement">Share of positions, 0 to 1.</param>
    /// <param name="AccuracyLoss">A difference of shares.</param>
    /// <param name="Items">Windows of text, or items of a task.</param>
    /// <param name="Verdict">What the limits say; absent where there are none.</param>
    internal sealed record Row(
        int Pilot, int Bits, int GroupSize, int EmbeddingBits, int HeadBits, string Preset, string? PresetDigest, TestPart Part, double BitsPerWeight,
        IntervalFigures? PerplexityIncrease, IntervalFigures? Agreement, IntervalFigures? AccuracyLoss, long Items, Verdict? Verdict);
}
