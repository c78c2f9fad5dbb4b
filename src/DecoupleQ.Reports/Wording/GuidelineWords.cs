using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Reports.Layout;

namespace DecoupleQ.Reports.Wording;

/// <summary>Every word of a guideline that a pilot's page has not. Numbers in braces stand for what is put there.</summary>
public sealed record GuidelineWords
{
#pragma warning disable CS1591 // Each is what its name says.
    public required string Title { get; init; }

    public required string Subtitle { get; init; }

    public required string Footer { get; init; }

    public required string Summary { get; init; }

    public required string SummaryNote { get; init; }

    public required string SummaryNone { get; init; }

    public required string Family { get; init; }

    public required string Parameters { get; init; }

    public required string Model { get; init; }

    public required string Task { get; init; }

    public required string Limits { get; init; }

    public required string NoLimits { get; init; }

    public required string InShort { get; init; }

    public required string Text { get; init; }

    public required string TaskForm { get; init; }

    public required string Witness { get; init; }

    public required string EvidenceTitle { get; init; }

    public required string EvidenceNote { get; init; }

    public required string Bits { get; init; }

    public required string GroupSize { get; init; }

    public required string Tables { get; init; }

    public required string AsStored { get; init; }

    public required string Part { get; init; }

    public required string PerplexityIncrease { get; init; }

    public required string Agreement { get; init; }

    public required string AccuracyLoss { get; init; }

    public required string Windows { get; init; }

    public required string Items { get; init; }

    public required string Verdict { get; init; }

    public required string NotJudged { get; init; }

    public required string Preset { get; init; }

    public required string Digest { get; init; }

    public required string Pilot { get; init; }

    public required string Pilots { get; init; }

    public required string PilotsNote { get; init; }

    public required string PilotLabel { get; init; }

    public required string Repeated { get; init; }

    public required string Command { get; init; }

    public required string CommandNote { get; init; }

    public required IReadOnlyDictionary<BitsStanding, string> Standings { get; init; }

    public required IReadOnlyDictionary<TestPart, string> Parts { get; init; }
#pragma warning restore CS1591

    /// <summary>The words in a language.</summary>
    public static GuidelineWords Of(ReportLanguage language) =>
        language == ReportLanguage.Japanese ? JapaneseGuidelineWords.Words : EnglishGuidelineWords.Words;
}
