using DecoupleQ.Reports.Layout;

namespace DecoupleQ.Cli.Options;

/// <summary><c>--language</c>, of commands that write a page.</summary>
internal sealed class LanguageOption() : NamedOption<ReportLanguage>("--language", "The page's language", Languages, ReportLanguage.English)
{
    private static readonly (string Name, ReportLanguage Language)[] Languages = [("en", ReportLanguage.English), ("ja", ReportLanguage.Japanese)];
}
