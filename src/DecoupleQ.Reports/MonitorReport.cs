using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Pages;
using DecoupleQ.Reports.Periods;
using DecoupleQ.Storage;

namespace DecoupleQ.Reports;

/// <summary>What a server's monitor log tells of a period: as figures, and as one page that needs nothing but itself.</summary>
public static class MonitorReport
{
    private static readonly string LogSuffix = Path.GetExtension(MonitorLog.FileName);

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
        return PeriodReader.Read(() => MonitorLogFiles.Read(paths), paths[0], options, cancellationToken);
    }

    /// <summary>Refuses a place for the page where it would take that of the log, or of a folder.</summary>
    /// <param name="path">The page's file.</param>
    /// <param name="logs">What <see cref="Read"/> is given.</param>
    /// <exception cref="DecoupleQException">It is such a place.</exception>
    public static void CheckPlace(string path, IReadOnlyList<string> logs)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(logs);
        string real = LinkedPath.Real(path);
        if (Directory.Exists(real))
        {
            throw new DecoupleQException("This is a folder.", path, "--output", "a file to write");
        }
        if (logs.Select(LinkedPath.Real).Any(log => log == real || (LinkedPath.IsWithin(real, log) && real.EndsWith(LogSuffix, StringComparison.Ordinal))))
        {
            throw new DecoupleQException("The page would take the place of the log.", path, "--output", "another file");
        }
    }

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <param name="figures">What it is about.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="language">Of its words.</param>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    public static void Write(PeriodFigures figures, string path, ReportLanguage language = ReportLanguage.English)
    {
        ArgumentNullException.ThrowIfNull(path);
        PageWriter.Write<MonitorReportPage>(path, Parameters(figures, language));
    }

    /// <summary>The page's text.</summary>
    internal static string Render(PeriodFigures figures, ReportLanguage language = ReportLanguage.English) =>
        PageWriter.Render<MonitorReportPage>(Parameters(figures, language));

    private static Dictionary<string, object?> Parameters(PeriodFigures figures, ReportLanguage language)
    {
        ArgumentNullException.ThrowIfNull(figures);
        return new() { [nameof(MonitorReportPage.Figures)] = figures, [nameof(MonitorReportPage.Texts)] = MonitorTexts.Of(language) };
    }
}
