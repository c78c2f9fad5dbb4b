using DecoupleQ.Reports.Layout;

namespace DecoupleQ.Reports.Wording;

/// <summary>Every word of a pilot's page, in a language.</summary>
public sealed record PilotWords
{
    /// <summary>Numbers.</summary>
    public required NumberWords Numbers { get; init; }

    /// <summary>The frame.</summary>
    public required PageWords Page { get; init; }

    /// <summary>The first page.</summary>
    public required SummaryWords Summary { get; init; }

    /// <summary>What follows.</summary>
    public required DetailWords Details { get; init; }

    /// <summary>Names.</summary>
    public required NameWords Names { get; init; }

    /// <summary>How each figure was measured: of what, and how.</summary>
    public required IReadOnlyList<(string Of, string How)> Method { get; init; }

    /// <summary>The words in a language.</summary>
    public static PilotWords Of(ReportLanguage language) => language == ReportLanguage.Japanese ? JapanesePilotWords.Words : EnglishPilotWords.Words;
}
