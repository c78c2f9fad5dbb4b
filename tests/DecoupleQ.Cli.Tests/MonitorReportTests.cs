using System.Text.Json;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;

namespace DecoupleQ.Cli.Tests;

public sealed class MonitorReportTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_page_is_written_and_what_matters_is_said_on_one_screen()
    {
        await WriteAsync();
        string page = _folder["page.html"];
        ToolResult result = Tool.Run("monitor", "report", _folder["log"], "-o", page).Expect(0);
        Assert.Contains("2026-11-01 00:00 to 2026-11-02 17:00 UTC, 54 entries", result.Output);
        Assert.Matches(@"tale-2bit +/v1/chat/completions +40 +-1\.0000 +1\.5000 +2\.0 % +0\.0 % +0\.0 % +50 ms +20\.0", result.Output);
        Assert.Matches(@"tale-2bit +tale-dense +10 +0\.1000 \(0\.1000 to 0\.1000\) +90\.0 % \(90\.0 % to 90\.0 %\) +1\.0513 \(", result.Output);
        Assert.Contains("Drift: tale-2bit /v1/chat/completions: from 2026-11-02 16:00 on: entropy", result.Output);
        Assert.Contains("Self-checks: tale-2bit: 1 of 1 failed", result.Output);
        Assert.Contains("Canary: 2026-11-02 17:00: tale-2bit: 0.0 %: /v1 ", result.Output);
        Assert.EndsWith($"{page} has the rest.", result.Output.TrimEnd(), StringComparison.Ordinal);
        Assert.InRange(result.Output.TrimEnd().Split('\n').Length, 5, 24);
        string html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">", html, StringComparison.Ordinal);
        Assert.Contains("Monitoring report", html);
        JsonElement change = Assert.Single(
            Tool.Run("monitor", "report", _folder["log"], "-o", page, "--json").Expect(0).Json().GetProperty("shares").EnumerateArray());
        Assert.Equal("drift", change.GetProperty("reason").GetProperty("code").GetString());
        Assert.Equal("entropy", change.GetProperty("reason").GetProperty("signals")[0].GetProperty("signal").GetString());
        Assert.Contains("differs from the baseline in entropy", change.GetProperty("sentence").GetString());
        // The same place again, in another language, of a part of it.
        JsonElement json = Tool.Run(
            "monitor", "report", _folder["log"], "-o", page, "--json", "--language", "ja", "--from", "2026-11-01T05:00", "--to", "2026-11-01T19:00+09:00",
            "--model", "tale-2bit").Expect(0).Json();
        Assert.Equal((page, 6), (json.GetProperty("output").GetString(), json.GetProperty("entries").GetInt64()));
        Assert.Equal(5, json.GetProperty("models")[0].GetProperty("routes")[0].GetProperty("answers").GetInt64());
        Assert.False(json.GetProperty("comparisons")[0].GetProperty("klDivergence").TryGetProperty("low", out _));
        Assert.Contains("<html lang=\"ja\">", await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_cannot_be_told_is_said_in_a_line_and_nothing_is_written()
    {
        await WriteAsync();
        string file = Path.Combine(_folder["log"], MonitorLog.FileName), page = _folder["page.html"];
        Assert.Contains("The file is missing", Tool.Run("monitor", "report", _folder["none"], "-o", page).Expect(1).OneLine());
        Assert.Contains("There is no entry of that time", Tool.Run("monitor", "report", file, "-o", page, "--from", "2027-01-01").Expect(1).OneLine());
        Assert.Contains("take the place of the log", Tool.Run("monitor", "report", _folder["log"], "-o", file).Expect(1).OneLine());
        File.AppendAllText(file, "{}\n");
        Assert.Contains("Line 55 is no entry", Tool.Run("monitor", "report", _folder["log"], "-o", page).Expect(1).OneLine());
        Assert.False(File.Exists(page));
    }

    [Fact]
    public async Task The_page_of_another_day_is_replaced_only_by_name()
    {
        await WriteAsync();
        string page = Path.Combine(Environment.CurrentDirectory, "report.html");
        Assert.False(File.Exists(page));
        try
        {
            Tool.Run("monitor", "report", _folder["log"]).Expect(0);
            DateTime written = File.GetLastWriteTimeUtc(page);
            Assert.Contains("There is such a file already", Tool.Run("monitor", "report", _folder["log"]).Expect(1).OneLine());
            Assert.Equal(written, File.GetLastWriteTimeUtc(page));
        }
        finally
        {
            File.Delete(page);
        }
    }

    private async Task WriteAsync()
    {
        await using var log = new MonitorLog(new MonitorLogOptions { Folder = _folder["log"] });
        log.Add(new ServerEntry { Time = Start, Model = "tale-2bit", Started = true, Fingerprint = "fp_1", Part = "canary" });
        for (int i = 0; i < 40; i++)
        {
            log.Add(new AnswerEntry
            {
                Time = Start.AddHours(i), Model = "tale-2bit", Id = $"ans-{i}", Route = "/v1/chat/completions", PromptTokens = 10, CharactersPerToken = 4,
                Tokens = 100, LogProbability = -1, Entropy = 1.5, Repetition = 0.02, Overruled = 0, QueueMs = 1, FirstTokenMs = 50, TokensPerSecond = 20,
            });
            if (i % 4 == 2)
            {
                log.Add(new ComparisonEntry
                {
                    Time = Start.AddHours(i), Model = "tale-2bit", Id = $"ans-{i}", Route = "/v1/chat/completions", Reference = "tale-dense", Tokens = 100,
                    KlDivergence = 10, Agreements = 90, LogLoss = 105, ReferenceLogLoss = 100,
                });
            }
        }
        log.Add(new DriftEntry
        {
            Time = Start.AddHours(40), Model = "tale-2bit", Route = "/v1/chat/completions", Drifting = true, Signals = [new("entropy", 1e-9, 1, 1.5)],
        });
        log.Add(new SelfCheckEntry { Time = Start.AddHours(40), Model = "tale-2bit", Passed = false, Difference = 1 });
        log.Add(new ShareEntry
        {
            Time = Start.AddHours(41), Model = "tale-2bit", Share = 0, Reason = new DriftReason("/v1 \u001b[31m", [new("entropy", 1e-9, 1, 1.5)]),
        });
    }
}
