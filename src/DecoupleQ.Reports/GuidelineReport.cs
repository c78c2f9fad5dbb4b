using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Reports.Guidelines;
using DecoupleQ.Reports.Layout;

namespace DecoupleQ.Reports;

/// <summary>Where 2 bits hold, as a page: HTML that needs nothing but itself, or Markdown.</summary>
public static class GuidelineReport
{
    private const string Markdown = ".md";

    /// <summary>What a page's name may end with.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".html", Markdown];

    /// <summary>Refuses a place for the page where it would take that of a result, or of a folder.</summary>
    /// <param name="path">The page's file; it ends with one of <see cref="Endings"/>.</param>
    /// <param name="results">Files of results.</param>
    /// <exception cref="DecoupleQException">It is such a place.</exception>
    public static void CheckPlace(string path, IReadOnlyList<string> results)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(results);
        if (!Endings.Contains(Path.GetExtension(path)))
        {
            throw new DecoupleQException("Its ending does not say what kind of page it is.", path, "--output", "PAGE.html or PAGE.md");
        }
        PagePlace.Check(path, results);
    }

    /// <summary>Writes the page, whole or not at all: Markdown where its name ends with <c>.md</c>.</summary>
    /// <param name="guideline">What it is about.</param>
    /// <param name="repeated">Files that hold a pilot again, and did not count.</param>
    /// <param name="command">The command that makes it.</param>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="language">Of its words.</param>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    public static void Write(
        Guideline guideline, IReadOnlyList<string> repeated, string command, string path, ReportLanguage language = ReportLanguage.English)
    {
        ArgumentNullException.ThrowIfNull(path);
        PageWriter.Write(path, Render(new(guideline, repeated, command, language), Path.GetExtension(path) == Markdown));
    }

    /// <summary>The page's text.</summary>
    internal static string Render(GuidelineView view, bool isMarkdown) => isMarkdown
        ? GuidelineMarkdown.Write(view)
        : PageWriter.Render<GuidelinePage>(new Dictionary<string, object?> { [nameof(GuidelinePage.View)] = view });
}
