using DecoupleQ.Pilot.Results;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Pilots;
using DecoupleQ.Reports.Wording;

namespace DecoupleQ.Reports;

/// <summary>What a pilot found, as one page that needs nothing but itself: first for who decides, then for engineers.</summary>
public static class PilotReport
{
    /// <summary>Refuses a place for the page where it would take that of its result, or of a folder.</summary>
    /// <param name="path">The page's file.</param>
    /// <param name="result">The file of the result.</param>
    /// <exception cref="DecoupleQException">It is such a place.</exception>
    public static void CheckPlace(string path, string result) => PagePlace.Check(path, [result]);

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <param name="result">What it is about.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="language">Of its words.</param>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    public static void Write(PilotResult result, string path, ReportLanguage language = ReportLanguage.English)
    {
        ArgumentNullException.ThrowIfNull(path);
        PageWriter.Write<PilotReportPage>(path, Parameters(result, language));
    }

    /// <summary>The page's text.</summary>
    internal static string Render(PilotResult result, ReportLanguage language = ReportLanguage.English) =>
        PageWriter.Render<PilotReportPage>(Parameters(result, language));

    private static Dictionary<string, object?> Parameters(PilotResult result, ReportLanguage language)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new() { [nameof(PilotReportPage.View)] = new PilotView(result, PilotWords.Of(language)) };
    }
}
