namespace DecoupleQ.Reports.Wording;

/// <summary>The frame, and what stands in many places. Numbers in braces stand for what is put there.</summary>
public sealed record PageWords
{
#pragma warning disable CS1591 // Each is what its name says.
    public required string Language { get; init; }

    public required string Title { get; init; }

    public required string Subtitle { get; init; }

    public required string Footer { get; init; }

    public required string Dense { get; init; }

    public required string Packed { get; init; }

    public required string Figure { get; init; }

    public required string Value { get; init; }

    public required string More { get; init; }

    public required string NamesMore { get; init; }

    public required string Separator { get; init; }

    public required string Clauses { get; init; }

    public required string Never { get; init; }

    public required string Months { get; init; }

    public required string Seconds { get; init; }

    public required string Minutes { get; init; }

    public required string Hours { get; init; }

    public required string Bits { get; init; }

    public required string PerChannel { get; init; }

    public required string Groups { get; init; }

    public required string EmbeddingBits { get; init; }

    public required string HeadBits { get; init; }

    public required string Preset { get; init; }

    public required string SettingForm { get; init; }

    public required string ShortGroups { get; init; }

    public required string ShortPerChannel { get; init; }

    public required string ShortJoiner { get; init; }
#pragma warning restore CS1591
}
