using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;

namespace DecoupleQ.Tests.Monitoring;

public sealed class MonitorLogTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 1, 2, 3, TimeSpan.Zero);

    private static readonly MonitorEntry[] Kinds =
    [
        new ServerEntry { Time = Now, Model = "m", Started = true, Fingerprint = "fp_1", Part = "primary" },
        Answers.Draw(new Random(1)) with { Prompt = "Größe\u0000\n\"<script>", Answer = "" },
        new ComparisonEntry
        {
            Time = Now, Model = "m", Id = "ans-1", Route = Answers.Route, Reference = "dense", Tokens = 3, KlDivergence = 0.5, Agreements = 2, LogLoss = 4,
            ReferenceLogLoss = 3,
        },
        new DriftEntry { Time = Now, Model = "m", Route = Answers.Route, Drifting = true, Signals = [new("entropy", 1e-9, 4, 5)] },
        new SelfCheckEntry { Time = Now, Model = "m", Passed = false, Difference = 0.3 },
        new ShareEntry { Time = Now, Model = "m", Share = 0, Reason = new FailuresReason(4, 5, 0, 76) },
        new BaselineEntry { Time = Now, Model = "m", Route = Answers.Route, Answers = 300, Means = new Dictionary<string, double> { ["empty"] = 0.5 } },
        new LossEntry { Time = Now, Model = "m", Entries = 3, Replays = 2 },
    ];

    [Fact]
    public async Task Every_kind_of_entry_is_read_as_it_was_written()
    {
        using var folder = new TemporaryFolder();
        await WriteAsync(new() { Folder = folder.Path }, Kinds);
        string path = Path.Combine(folder.Path, MonitorLog.FileName);
        MonitorEntry[] read = [.. MonitorLogFiles.Read([path])];
        // Lists are compared by what they hold.
        Assert.Equal(Kinds.Select(Text), read.Select(Text));
        Assert.All(File.ReadAllLines(path), line => Assert.StartsWith("{\"kind\":\"", line, StringComparison.Ordinal));
        // Codes, and no sentences of whatever language.
        Assert.Contains(File.ReadAllLines(path), line => line.EndsWith(
            "\"share\":0,\"reason\":{\"code\":\"failures\",\"failed\":4,\"requests\":5,\"other_failed\":0,\"other_requests\":76}}", StringComparison.Ordinal));

        static string Text(MonitorEntry entry) =>
            System.Text.Json.JsonSerializer.Serialize(entry) + string.Join(' ', (entry as DriftEntry)?.Signals ?? []);
    }

    [Fact]
    public async Task Files_are_rotated_and_the_oldest_go()
    {
        using var folder = new TemporaryFolder();
        string log = Path.Combine(folder.Path, "made", "here");
        AnswerEntry[] answers = Answers.Draw(1000, 2);
        for (int i = 0; i < 4; i++)
        {
            await WriteAsync(new() { Folder = log, MaxFileBytes = 1 << 16, MaxFiles = 3 }, answers[(i * 250)..((i + 1) * 250)]);
        }
        FileInfo[] files = [.. new DirectoryInfo(log).EnumerateFiles()];
        Assert.Equal(["decoupleq.monitor.1.jsonl", "decoupleq.monitor.2.jsonl", MonitorLog.FileName], files.Select(file => file.Name).Order());
        Assert.All(files, file => Assert.InRange(file.Length, 1, 1 << 16));
        // What is left is the end of it, in order.
        string[] ids = [.. MonitorLogFiles.Read([log]).Select(entry => ((AnswerEntry)entry).Id)];
        Assert.Equal(answers[^ids.Length..].Select(answer => answer.Id), ids);
    }

    [Fact]
    public async Task A_line_that_was_not_written_whole_is_left_out_and_goes()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, MonitorLog.FileName);
        await WriteAsync(new() { Folder = folder.Path }, Kinds[0], Kinds[1]);
        File.AppendAllText(path, "{\"kind\":\"ans");
        Assert.Equal(2, MonitorLogFiles.Read([path]).Count());
        await WriteAsync(new() { Folder = folder.Path }, Kinds[2]);
        Assert.Equal(["ServerEntry", "AnswerEntry", "ComparisonEntry"], MonitorLogFiles.Read([path]).Select(entry => entry.GetType().Name));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"kind\":\"weather\"}")]
    [InlineData("{\"kind\":\"share\",\"time\":\"2026-11-29T00:00:00Z\",\"model\":\"m\",\"share\":0,\"reason\":{\"code\":\"started\"},\"mood\":1}")]
    [InlineData("{\"kind\":\"share\",\"time\":\"2026-11-29T00:00:00Z\",\"model\":\"m\"}")]
    [InlineData("{\"kind\":\"share\",\"time\":\"2026-11-29T00:00:00Z\",\"model\":null,\"share\":0,\"reason\":{\"code\":\"started\"}}")]
    [InlineData(
        "{\"kind\":\"drift\",\"time\":\"2026-11-29T00:00:00Z\",\"model\":\"m\",\"route\":\"r\",\"drifting\":true,\"signals\":[{}]}")]
    [InlineData("{\"kind\":\"drift\",\"time\":\"2026-11-29T00:00:00Z\",\"model\":\"m\",\"route\":\"r\",\"drifting\":true,\"signals\":null}")]
    [InlineData("{\"kind\":\"share\",\"time\":\"2026-11-29T00:00:00Z\",\"model\":\"m\",\"share\":0,\"reason\":\"it fails\"}")]
    [InlineData("{\"kind\":\"share\",\"time\":\"2026-11-29T00:00:00Z\",\"model\":\"m\",\"share\":0,\"reason\":{\"code\":\"mood\"}}")]
    [InlineData("null")]
    [InlineData("half")]
    public async Task A_line_that_is_none_is_refused_by_its_number(string line)
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, MonitorLog.FileName);
        await WriteAsync(new() { Folder = folder.Path }, Kinds);
        File.AppendAllText(path, $"\n{line}\n");
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => MonitorLogFiles.Read([folder.Path]).Count());
        Assert.Equal(path, error.File);
        Assert.Contains($"Line {Kinds.Length + 2} ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_editor_leaves_in_a_file_is_passed_over()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, MonitorLog.FileName);
        await WriteAsync(new() { Folder = folder.Path }, Kinds[0], Kinds[4]);
        File.WriteAllText(path, "\uFEFF" + File.ReadAllText(path).Replace("\n", "\r\n\r\n", StringComparison.Ordinal).TrimEnd());
        Assert.Equal(2, MonitorLogFiles.Read([path]).Count());
        // Files that a killed server left with a gap between their numbers.
        File.Move(path, Path.Combine(folder.Path, "decoupleq.monitor.3.jsonl"));
        await WriteAsync(new() { Folder = folder.Path }, Kinds[5]);
        Assert.Equal(["ServerEntry", "SelfCheckEntry", "ShareEntry"], MonitorLogFiles.Read([folder.Path]).Select(entry => entry.GetType().Name));
    }

    [Fact]
    public async Task An_entry_that_cannot_be_written_leaves_the_others()
    {
        using var folder = new TemporaryFolder();
        var told = new List<Exception>();
        await using (var log = new MonitorLog(new() { Folder = folder.Path }, told.Add))
        {
            log.Add(Kinds[0]);
            log.Add(new SelfCheckEntry { Time = Now, Model = "m", Passed = false, Difference = double.PositiveInfinity });
            log.Add(Kinds[5]);
            await log.DisposeAsync();
            Assert.Equal(1, log.Dropped);
        }
        Assert.Single(told);
        MonitorEntry[] entries = [.. MonitorLogFiles.Read([folder.Path])];
        Assert.Equal(3, entries.Length);
        Assert.Equal(1, Assert.Single(entries.OfType<LossEntry>()).Entries);
    }

    [Fact]
    public async Task What_is_lost_while_the_file_cannot_be_written_is_told_once_it_can()
    {
        using var folder = new TemporaryFolder();
        // Where the full file is to go there is something else.
        string inTheWay = Directory.CreateDirectory(Path.Combine(folder.Path, "decoupleq.monitor.1.jsonl", "x")).Parent!.FullName;
        var told = new List<Exception>();
        var log = new MonitorLog(new() { Folder = folder.Path, MaxFileBytes = 1 << 16, MaxFiles = 3 }, told.Add);
        Assert.Null(log.Fault);
        AnswerEntry[] answers = Answers.Draw(400, 3);
        for (int i = 0; log.Fault is null; i++)
        {
            Assert.True(i < answers.Length);
            log.Add(answers[i] with { Model = i % 2 == 0 ? "a" : "b" });
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
        Assert.Single(told);
        log.Add(Kinds[0]);
        Directory.Delete(inTheWay, recursive: true);
        for (int tries = 0; log.Fault is not null; tries++)
        {
            Assert.True(tries < 500);
            log.Add(Kinds[0]);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        await log.DisposeAsync();
        Assert.True(log.Dropped > 0);
        LossEntry[] losses = [.. MonitorLogFiles.Read([folder.Path]).OfType<LossEntry>()];
        Assert.Equal(log.Dropped, losses.Sum(loss => loss.Entries));
        Assert.All(losses, loss => Assert.Contains(loss.Model, (string[])["a", "b", "m"]));
    }

    [Fact]
    public async Task One_writes_to_a_folder_at_a_time()
    {
        using var folder = new TemporaryFolder();
        await using var log = new MonitorLog(new() { Folder = folder.Path });
        Assert.Throws<DecoupleQException>(() => new MonitorLog(new() { Folder = folder.Path }));
        log.Add(Kinds[0]);
        await log.DisposeAsync();
        await WriteAsync(new() { Folder = folder.Path }, Kinds[1]);
        Assert.Equal(2, MonitorLogFiles.Read([folder.Path]).Count());
        Assert.Equal([MonitorLog.FileName], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
        Assert.Throws<DecoupleQException>(() => new MonitorLog(new() { Folder = Path.Combine(folder.Path, MonitorLog.FileName) }));
        Assert.Equal("monitor-files", Assert.Throws<DecoupleQException>(() => new MonitorLog(new() { Folder = folder.Path, MaxFiles = 0 })).Field);
    }

    private static async Task WriteAsync(MonitorLogOptions options, params MonitorEntry[] entries)
    {
        await using var log = new MonitorLog(options);
        foreach (MonitorEntry entry in entries)
        {
            log.Add(entry);
        }
        Assert.Equal(0, log.Dropped);
    }
}
