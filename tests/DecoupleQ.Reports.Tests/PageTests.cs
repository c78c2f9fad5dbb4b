using DecoupleQ.Reports.Periods;

namespace DecoupleQ.Reports.Tests;

public sealed class PageTests
{
    [Theory]
    [InlineData("en")]
    [InlineData("ja")]
    public async Task Demo(string language)
    {
        await using WrittenLog log = await new WrittenLog().WriteAsync(WrittenLog.Month());
        MonitorReport.Write(MonitorReport.Read([log.Folder], new PeriodOptions()), $"/tmp/report-{language}.html", language);
    }
}
