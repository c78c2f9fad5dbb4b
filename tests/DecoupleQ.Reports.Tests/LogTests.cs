using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Reports.Periods;

namespace DecoupleQ.Reports.Tests;

/// <summary>Files as servers leave them, and others.</summary>
public sealed class LogTests
{
    [Fact]
    public async Task A_folder_stands_for_all_of_its_files()
    {
        await using var log = new WrittenLog();
        await using (var writer = new MonitorLog(new MonitorLogOptions { Folder = log.Folder, MaxFileBytes = 1 << 16 }))
        {
            foreach (int i in Enumerable.Range(0, 500))
            {
                writer.Add(WrittenLog.Answer($"{i}", WrittenLog.Start.AddMinutes(i)));
            }
        }
        string[] files = Directory.GetFiles(log.Folder);
        Assert.True(files.Length > 2);
        Assert.Equal(500, Read(log.Folder).Answers);
        Assert.Equal(500, Read(files).Answers);
    }

    [Fact]
    public async Task A_line_that_is_still_being_written_is_left_out()
    {
        await using WrittenLog log = await new WrittenLog().WriteAsync(WrittenLog.Answer("a", WrittenLog.Start), WrittenLog.Answer("b", WrittenLog.Start));
        string file = Path.Combine(log.Folder, MonitorLog.FileName);
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^20]);
        Assert.Equal(1, Read(file).Answers);
    }

    [Theory]
    [InlineData("", "There is no entry in the log.")]
    [InlineData("{\"kind\":\"answer\"}\n", "Line 2 is no entry of a monitor log")]
    [InlineData("\0\0\0\0\n", "Line 2 is no entry of a monitor log")]
    // Of another version: a field, a kind.
    [InlineData("""{"kind":"share","share":0,"reason":"","time":"2026-11-01T00:00:00+00:00","model":"m","weather":1}""" + "\n", "Line 2 is no entry")]
    [InlineData("{\"kind\":\"weather\",\"time\":\"2026-11-01T00:00:00+00:00\",\"model\":\"m\"}\n", "Line 2 is no entry")]
    public async Task What_is_no_log_is_refused_with_the_file_and_the_line(string text, string message)
    {
        await using WrittenLog log = text.Length == 0
            ? new WrittenLog()
            : await new WrittenLog().WriteAsync(WrittenLog.Answer("a", WrittenLog.Start));
        string file = Path.Combine(log.Folder, MonitorLog.FileName);
        File.AppendAllText(file, text);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Read(log.Folder));
        Assert.Contains(message, error.Message);
        Assert.Equal(text.Length == 0 ? log.Folder : file, error.File);
    }

    [Fact]
    public async Task A_folder_without_a_log_and_a_period_without_an_entry_are_refused()
    {
        await using var empty = new WrittenLog();
        Assert.Contains(MonitorLog.FileName, Assert.Throws<DecoupleQException>(() => Read(empty.Folder)).Message);
        await empty.WriteAsync(WrittenLog.Answer("a", WrittenLog.Start));
        Assert.Contains("of that time and that model", Assert.Throws<DecoupleQException>(
            () => MonitorReport.Read([empty.Folder], new PeriodOptions { From = WrittenLog.Start.AddDays(1) }, TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public async Task A_page_takes_no_logs_place()
    {
        await using WrittenLog log = await new WrittenLog().WriteAsync(WrittenLog.Answer("a", WrittenLog.Start));
        string file = Path.Combine(log.Folder, MonitorLog.FileName), link = Path.Combine(log.Folder, "page.html");
        MonitorReport.CheckPlace(log.Page, [log.Folder]);
        File.CreateSymbolicLink(link, file);
        foreach ((string page, string logs) in ((string, string)[])[(file, file), (file, log.Folder), (link, file), (link, log.Folder)])
        {
            Assert.Contains("take the place of the log", Assert.Throws<DecoupleQException>(() => MonitorReport.CheckPlace(page, [logs])).Message);
        }
        Assert.Contains("a folder", Assert.Throws<DecoupleQException>(() => MonitorReport.CheckPlace(log.Folder, [file])).Message);
    }

    private static PeriodFigures Read(params string[] paths) => MonitorReport.Read(paths, new PeriodOptions(), TestContext.Current.CancellationToken);
}
