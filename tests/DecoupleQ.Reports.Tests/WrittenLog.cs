using System.Globalization;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;

namespace DecoupleQ.Reports.Tests;

/// <summary>A log in a folder of its own, written as a server writes it.</summary>
internal sealed class WrittenLog : IAsyncDisposable
{
    public const string Chat = "/v1/chat/completions", Text = "/v1/completions", Dense = "tale-dense", Packed = "tale-2bit";

    public static DateTimeOffset Start { get; } = new(2026, 11, 2, 0, 0, 0, TimeSpan.Zero);

    public string Folder { get; } = Directory.CreateTempSubdirectory("decoupleq-report-").FullName;

    public string Page => Path.Combine(Folder, "page.html");

    public static AnswerEntry Answer(string id, DateTimeOffset time, string model = Packed, string route = Chat) => new()
    {
        Time = time,
        Model = model,
        Id = id,
        Route = route,
        PromptTokens = 40,
        CharactersPerToken = 4,
        Tokens = 100,
        LogProbability = -1,
        Entropy = 1.5,
        Repetition = 0.02,
        Overruled = 0,
        QueueMs = 1,
        FirstTokenMs = 50,
        TokensPerSecond = 20,
    };

    public static ComparisonEntry Comparison(string id, DateTimeOffset time, double kl = 0.1, int tokens = 100, string model = Packed) => new()
    {
        Time = time,
        Model = model,
        Id = id,
        Route = Chat,
        Reference = Dense,
        Tokens = tokens,
        KlDivergence = kl * tokens,
        Agreements = tokens * 9 / 10,
        LogLoss = 1.05 * tokens,
        ReferenceLogLoss = tokens,
    };

    public static ServerEntry Began(string model, string part, DateTimeOffset time, string fingerprint = "fp_0123abcd") =>
        new() { Time = time, Model = model, Started = true, Fingerprint = fingerprint, Part = part };

    public static DriftEntry Drift(DateTimeOffset time, bool drifting, params SignalDifference[] signals) =>
        new() { Time = time, Model = Packed, Route = Chat, Drifting = drifting, Signals = signals };

    /// <summary>A month of a service: a canary beside the dense model, a change of topic, a damaged file, the way back.</summary>
    public static IEnumerable<MonitorEntry> Month()
    {
        var random = new SplitMix64(7);
        yield return Began(Dense, "primary", Start);
        yield return Began(Packed, "canary", Start);
        yield return new ShareEntry { Time = Start, Model = Packed, Share = 0.05, Reason = new StartedReason() };
        yield return new ShareEntry { Time = Start.AddDays(10), Model = Packed, Share = 0.25, Reason = new StartedReason() };
        for (int i = 0; i < 6000; i++)
        {
            DateTimeOffset time = Start.AddDays(28.0 * i / 6000);
            if (time.Hour is > 20 or < 5)
            {
                continue;
            }
            bool packed = random.NextInt(100) < (time.Day < 12 ? 20 : 50);
            bool topic = packed && time.Day is >= 18 and < 21;
            string id = $"chatcmpl-{i}", model = packed ? Packed : Dense;
            yield return Answer(id, time, model, i % 5 == 0 ? Text : Chat) with
            {
                LogProbability = -0.8 - (0.3 * random.NextDouble()) - (topic ? 0.5 : 0) - (packed ? 0.05 : 0),
                Entropy = 1.2 + (0.5 * random.NextDouble()) + (topic ? 0.6 : 0),
                Repetition = 0.03 * random.NextDouble(),
                Truncated = random.NextInt(20) == 0,
                Empty = random.NextInt(150) == 0,
                Tokens = 20 + random.NextInt(200),
                FirstTokenMs = 40 + (200 * Math.Pow(random.NextDouble(), 4)),
                QueueMs = time.Hour is 10 or 11 ? 100 * random.NextDouble() : 1,
                TokensPerSecond = (packed ? 60 : 24) + (8 * random.NextDouble()),
                Prompt = i % 2 == 0 ? $"Who was the captain of ship {i.ToString(CultureInfo.InvariantCulture)}?" : null,
                Answer = i % 2 == 0 ? "The captain was an old man,\nand he told of a storm." : null,
            };
            if (packed && i % 7 == 0)
            {
                yield return Comparison(id, time.AddSeconds(30), 0.04 + (0.05 * random.NextDouble()) + (topic ? 0.04 : 0));
            }
        }
        yield return Drift(Start.AddDays(16.4), true, new("log_probability", 1e-12, -1.0, -1.51), new("entropy", 3e-9, 1.45, 2.06));
        yield return Drift(Start.AddDays(19.2), false);
        yield return new SelfCheckEntry { Time = Start.AddDays(1), Model = Packed, Passed = true, Difference = 0.0002 };
        yield return new SelfCheckEntry { Time = Start.AddDays(25), Model = Packed, Passed = false, Difference = 0.31 };
        yield return new ShareEntry { Time = Start.AddDays(25).AddMinutes(1), Model = Packed, Share = 0, Reason = new SelfCheckReason(0.31, 0.01) };
    }

    public async Task<WrittenLog> WriteAsync(params IEnumerable<MonitorEntry> entries)
    {
        await using (var log = new MonitorLog(new MonitorLogOptions { Folder = Folder }))
        {
            int waiting = 0;
            foreach (MonitorEntry entry in entries)
            {
                log.Add(entry);
                // Who adds never waits: let it write, so that nothing is left out.
                if (++waiting % 8000 == 0)
                {
                    await Task.Delay(200, TestContext.Current.CancellationToken);
                }
            }
            Assert.Equal(0, log.Dropped);
        }
        return this;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
