using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Plots;

namespace DecoupleQ.Reports.Wording;

/// <summary>How numbers, units and times stand in a text of a language. Numbers in braces stand for what is put there.</summary>
public sealed record NumberWords
{
#pragma warning disable CS1591 // Each is what its name says.
    public required string Percent { get; init; }

    public required string Points { get; init; }

    public required string Seconds { get; init; }

    public required string Milliseconds { get; init; }

    public required string Times { get; init; }

    public required string Plus { get; init; }

    public required string Minus { get; init; }

    public required string Range { get; init; }

    public required string Interval { get; init; }

    public required string Below { get; init; }

    public required string Windows { get; init; }

    public required string Questions { get; init; }

    public required string Tokens { get; init; }

    public required string Rounds { get; init; }

    public required string Often { get; init; }

    public required string PerSecond { get; init; }

    public required string TimeFormat { get; init; }
#pragma warning restore CS1591

    /// <summary>How far the times of the page are ahead of universal time.</summary>
    public TimeSpan TimeZone { get; init; }

    /// <summary>Currencies that have a name beside their code.</summary>
    public required IReadOnlyDictionary<string, string> Currencies { get; init; }

    /// <summary>How large numbers of things are shortened in a text.</summary>
    public required NumberScale Scale { get; init; }

    /// <summary>How axes are labelled.</summary>
    public required AxisWords Axis { get; init; }

    /// <summary>The words in a language.</summary>
    public static NumberWords Of(ReportLanguage language) => language == ReportLanguage.Japanese ? JapaneseNumberWords.Words : EnglishNumberWords.Words;
}
