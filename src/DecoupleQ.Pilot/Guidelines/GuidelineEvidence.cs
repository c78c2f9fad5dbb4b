using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Guidelines;

/// <summary>What accuracy was measured on.</summary>
/// <param name="Name">The files of text, or the file of the task.</param>
/// <param name="Metric">The task's metric; null for text, on which perplexity and agreement are measured.</param>
public sealed record GuidelineTask(string Name, string? Metric);

/// <summary>Which half of the test a figure is of.</summary>
public enum TestPart
{
    /// <summary>The half that settings are chosen on: every setting that was tried.</summary>
    Choosing,

    /// <summary>The half that no setting was chosen on: the chosen one.</summary>
    Judging,
}

/// <summary>What a pilot measured of a setting: a row of the guideline.</summary>
public sealed record GuidelineEvidence
{
    /// <summary>The pilot, by its place among the sources, from 0.</summary>
    public required int Source { get; init; }

    /// <summary>The setting.</summary>
    public required SettingResult Setting { get; init; }

    /// <summary>What it was measured on.</summary>
    public required GuidelineTask Task { get; init; }

    /// <summary>Which half of that.</summary>
    public required TestPart Part { get; init; }

    /// <summary>Bits of the whole model over its weights.</summary>
    public required double BitsPerWeight { get; init; }

    /// <summary>Of text: the packed model's perplexity above the dense model's, as a share of that.</summary>
    public Estimate? PerplexityIncrease { get; init; }

    /// <summary>Of text: share of positions with the same most probable token.</summary>
    public Estimate? Agreement { get; init; }

    /// <summary>Of a task: the dense model's accuracy less the packed model's.</summary>
    public Estimate? AccuracyLoss { get; init; }

    /// <summary>Windows of text, or items of the task.</summary>
    public required long Items { get; init; }

    /// <summary>The limits that it was held to, as options with their values; none where nothing was judged.</summary>
    public required IReadOnlyList<string> Limits { get; init; }

    /// <summary>What these say together; null where there are none.</summary>
    public required Verdict? Verdict { get; init; }

    /// <summary>What tells the preset from one of that name in another version; null where it is not known.</summary>
    public required string? PresetDigest { get; init; }
}
