using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Pages;
using DecoupleQ.Reports.Periods;

namespace DecoupleQ.Reports;

/// <summary>What a server's monitor log tells of a period: as figures, and as one page that needs nothing but itself.</summary>
public static class MonitorReport
{
    /// <summary>The languages that a page can be written in.</summary>
    public static IReadOnlyList<string> Languages { get; } = [.. MonitorTexts.All.Select(texts => texts.Language)];

    /// <summary>Reads a log, in memory that does not grow with it. It is read twice if answers were compared with another model's.</summary>
    /// <param name="paths">Files of logs, or folders, which stand for all files of a log in them; at least one. Their order does not matter.</param>
    /// <param name="options">What of them.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">
    /// A file cannot be read, a line is no entry, the log has none in the period, or it tells of too many models for one report.
    /// </exception>
    public static PeriodFigures Read(IReadOnlyList<string> paths, PeriodOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(paths.Count, nameof(paths));
        return PeriodReader.Read(paths, options, cancellationToken);
    }

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <param name="figures">What it is about.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="language">One of <see cref="Languages"/>.</param>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    public static void Write(PeriodFigures figures, string path, string language = "en")
    {
        ArgumentNullException.ThrowIfNull(path);
        PageWriter.Write<MonitorReportPage>(path, Parameters(figures, language));
    }

    /// <summary>The page's text.</summary>
    internal static string Render(PeriodFigures figures, string language = "en") => PageWriter.Render<MonitorReportPage>(Parameters(figures, language));

    private static Dictionary<string, object?> Parameters(PeriodFigures figures, string language)
    {
        ArgumentNullException.ThrowIfNull(figures);
        MonitorTexts texts = MonitorTexts.All.FirstOrDefault(texts => texts.Language == language)
            ?? throw new DecoupleQException($"There are no texts in the language {language}.", field: "language", expected: string.Join(" or ", Languages));
        return new() { [nameof(MonitorReportPage.Figures)] = figures, [nameof(MonitorReportPage.Texts)] = texts };
    }
}
