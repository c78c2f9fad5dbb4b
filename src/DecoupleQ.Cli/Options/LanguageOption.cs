using DecoupleQ.Reports.Layout;

namespace DecoupleQ.Cli.Options;

/// <summary><c>--language</c>, of commands that write a page.</summary>
internal sealed class LanguageOption() : NamedOption<ReportLanguage>(
    "--language", "The language of the page; what the command prints is in English", Languages, ReportLanguage.English)
{
    private static readonly (string Name, ReportLanguage Language)[] Languages = [("en", ReportLanguage.English), ("ja", ReportLanguage.Japanese)];

    /// <summary>A language by its name; null for none that there is.</summary>
    public static ReportLanguage? Of(string name) =>
        Languages.Where(pair => pair.Name == name).Select(pair => (ReportLanguage?)pair.Language).FirstOrDefault();

    /// <summary>The name of a language.</summary>
    public static string NameOf(ReportLanguage language) => Languages.First(pair => pair.Language == language).Name;
}
