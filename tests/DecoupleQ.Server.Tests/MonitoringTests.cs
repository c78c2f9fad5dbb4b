using System.Text.Json.Nodes;
using DecoupleQ.Models;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Server.Baselines;
using DecoupleQ.Serving;
using DecoupleQ.Testing;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Tests;

/// <summary>What is found out about a model while it serves: by its answers alone, by a baseline, by another model.</summary>
public sealed class MonitoringTests : IDisposable
{
    private const string Completions = "/v1/completions", Chat = "/v1/chat/completions";

    private readonly string _folder = Directory.CreateTempSubdirectory("decoupleq-monitoring-").FullName;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    private string BaselineFile => Path.Combine(_folder, "baseline.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_answer_is_a_line_and_a_measurement(bool content)
    {
        string name = $"watched-{content}";
        await using (BooksServer server = await BooksServer.StartAsync(
            options => options with { Name = name, MonitorLog = new() { Folder = _folder }, LogContent = content }))
        {
            await server.PostAsync(Completions, new { prompt = "Once upon a time", max_tokens = 9, n = 2, temperature = 1, seed = 1 });
            await server.PostAsync(
                Chat,
                new
                {
                    messages = new[] { new { role = "user", content = "Who?" } }, max_tokens = 5, response_format = new { type = "regex", pattern = "zqx.*" },
                });
            string metrics = await server.Client.GetStringAsync("/metrics", Ended);
            foreach (string metric in (string[])["answer_entropy", "answer_negative_log_probability", "answer_repetition", "answer_tokens", "answer_overruled"])
            {
                Assert.Equal(3, Metrics.Sum(metrics, $"decoupleq_{metric}_count", name) + Metrics.Sum(metrics, $"decoupleq_{metric}_tokens_count", name));
            }
            Assert.Equal(3, Metrics.Sum(metrics, "decoupleq_answers_truncated_total", name));
        }
        MonitorEntry[] entries = [.. MonitorLogFiles.Read([_folder])];
        Assert.Equal([true, false], entries.OfType<ServerEntry>().Select(entry => entry.Started));
        AnswerEntry[] answers = [.. entries.OfType<AnswerEntry>()];
        Assert.Equal([(Chat, 0), (Completions, 0), (Completions, 1)], answers.Select(answer => (answer.Route, answer.Choice)).Order());
        Assert.All(answers, answer =>
        {
            Assert.Equal((name, true, false), (answer.Model, answer.Truncated, answer.Empty));
            Assert.True(answer is { LogProbability: < 0, Entropy: > 0, PromptTokens: > 2, CharactersPerToken: > 1, FirstTokenMs: > 0, TokensPerSecond: > 0 });
            Assert.Equal((content, content), (answer.Prompt is not null, answer.Answer is not null));
        });
        Assert.True(answers.Single(answer => answer.Route == Chat).Overruled > 0);
        Assert.Equal(0, answers[0].Overruled);
        Assert.Equal(content, File.ReadAllText(Path.Combine(_folder, MonitorLog.FileName)).Contains("Once upon", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_is_told_and_what_it_lacks_too()
    {
        const string Name = "without-a-log";
        // Where the full file is to go there is something else.
        string inTheWay = Directory.CreateDirectory(Path.Combine(_folder, "decoupleq.monitor.1.jsonl", "x")).Parent!.FullName;
        var lines = new LogLines();
        await using BooksServer server = await BooksServer.StartAsync(
            options => options with { Name = Name, MonitorLog = new() { Folder = _folder, MaxFileBytes = 1 << 16 }, LogContent = true },
            logging => logging.AddProvider(lines));
        Assert.Equal("ok", (string?)(await server.GetAsync("/health"))["status"]);
        await WhenAsync(async () =>
        {
            await server.PostAsync(Completions, new { prompt = string.Concat(Enumerable.Repeat("The men ", 60)), n = 40, max_tokens = 1 });
            return (string?)(await server.GetAsync("/health"))["status"] == "degraded";
        });
        Assert.Contains("The monitor log cannot be written", (string?)(await server.GetAsync("/health"))["reason"], StringComparison.Ordinal);
        Assert.DoesNotContain(_folder, (string?)(await server.GetAsync("/health"))["reason"], StringComparison.Ordinal);
        Assert.Single(lines.All, line => line.StartsWith("Warning monitor: the log in ", StringComparison.Ordinal));
        await WhenAsync(async () => Metrics.Sum(await server.Client.GetStringAsync("/metrics", Ended), "decoupleq_monitor_failing", Name) == 1);
        Directory.Delete(inTheWay, recursive: true);
        await WhenAsync(async () =>
        {
            await server.PostAsync(Completions, new { prompt = "The", max_tokens = 1 });
            return (string?)(await server.GetAsync("/health"))["status"] == "ok";
        });
        await server.StopAsync();
        Assert.True(MonitorLogFiles.Read([_folder]).OfType<LossEntry>().Sum(loss => loss.Entries) > 0);
    }

    [Fact]
    public async Task A_baseline_is_made_of_requests_and_the_same_model_is_as_it()
    {
        string requests = Path.Combine(_folder, "requests.jsonl");
        File.WriteAllLines(requests, Enumerable.Range(0, 210).Select(i => i < 205
            ? $$"""{"prompt": "The {{i}} men", "max_tokens": {{1 + (i % 4)}}, "seed": {{i}}}"""
            : """{"messages": [{"role": "user", "content": "Who?"}], "max_tokens": 2}"""));
        var progress = new List<int>();
        Baseline baseline = await BaselineRun.OfRequestsAsync(
            new() { Server = BooksServer.Options }, requests, new Reports(step => progress.Add(step.Answered)), Ended);
        Assert.Equal((210, 210), (progress.Count, progress.Max()));
        Assert.Equal((Completions, 205), Assert.Single(baseline.Routes, _ => true) is var route ? (route.Key, route.Value.Answers) : default);
        Assert.Equal([1, 2, 3, 4], baseline.Routes[Completions].Signals["tokens"].Distinct().Order());
        baseline.Write(BaselineFile);

        await using BooksServer server = await BooksServer.StartAsync(
            options => options with { Baseline = BaselineFile, Drift = new() { Window = 50 }, MonitorLog = new() { Folder = _folder } });
        for (int i = 0; i < 60; i++)
        {
            await server.PostAsync(Completions, new { prompt = $"The {i * 37 % 205} men", max_tokens = 1 + (i % 4), seed = 1000 + i });
        }
        JsonObject page = await server.GetAsync("/page/status");
        Assert.Equal(("ok", "none"), ((string?)page["status"], (string?)page["drift"]));
        await server.StopAsync();
        Assert.True(Assert.Single(MonitorLogFiles.Read([_folder]).OfType<SelfCheckEntry>()).Passed);

        // The same from the log of what was served.
        await Assert.ThrowsAsync<DecoupleQException>(() => BaselineRun.OfLogAsync(new() { Server = BooksServer.Options }, [_folder], Ended));
        File.AppendAllText(requests, """{"prompt": "a", "max_tokens": 1, "mood": 1}""");
        DecoupleQException error = await Assert.ThrowsAsync<DecoupleQException>(
            () => BaselineRun.OfRequestsAsync(new() { Server = BooksServer.Options }, requests, null, Ended));
        Assert.Contains("line 211", error.Message, StringComparison.Ordinal);
        Assert.Contains("mood", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_and_a_log_make_a_baseline_too()
    {
        Baseline ofText = await BaselineRun.OfTextAsync(
            new() { Server = BooksServer.Options with { ChatTemplate = null }, Requests = 200, PromptCharacters = 40, AnswerTokens = 2 },
            Path.Combine(Paths.Samples, "text", "validation.txt"), null, Ended);
        Assert.Equal(200, ofText.Routes[Completions].Answers);
        Assert.DoesNotContain("prompt_tokens", ofText.Routes[Completions].Signals.Keys);
        await using (var log = new MonitorLog(new() { Folder = _folder }))
        {
            // What another version has answered does not count, nor what differed from a baseline.
            Start("fp_other");
            AddAnswers(300, "books-8m");
            using (LanguageModel model = LanguageModel.Load(Paths.Model, new() { Threads = 1 }))
            {
                Start(DecoupleQ.Server.Models.ServedModel.FingerprintOf(model));
            }
            log.Add(new DriftEntry { Time = DateTimeOffset.UnixEpoch, Model = "books-8m", Route = Chat, Drifting = true });
            AddAnswers(300, "books-8m");
            log.Add(new DriftEntry { Time = DateTimeOffset.UnixEpoch, Model = "books-8m", Route = Chat, Drifting = false });
            AddAnswers(10, "another");
            AddAnswers(240, "books-8m");

            void Start(string fingerprint) => log.Add(new ServerEntry
            {
                Time = DateTimeOffset.UnixEpoch, Model = "books-8m", Started = true, Fingerprint = fingerprint, Part = "primary",
            });

            void AddAnswers(int count, string model)
            {
                foreach (int i in Enumerable.Range(0, count))
                {
                    log.Add(new AnswerEntry
                    {
                        Time = DateTimeOffset.UnixEpoch, Model = model, Id = $"{i}", Route = Chat, PromptTokens = i, CharactersPerToken = 3, Tokens = i,
                        LogProbability = -1, Entropy = 2, Repetition = 0, QueueMs = 0, FirstTokenMs = 1, TokensPerSecond = 5,
                    });
                }
            }
        }
        Baseline ofLog = await BaselineRun.OfLogAsync(new() { Server = BooksServer.Options }, [_folder], Ended);
        Assert.Equal((Chat, 240), (ofLog.Routes.Single().Key, ofLog.Routes.Single().Value.Answers));
        Assert.Equal(ofText.Texts.Select(text => string.Join(' ', text.Ids)), ofLog.Texts.Select(text => string.Join(' ', text.Ids)));
    }

    [Fact]
    public async Task Another_model_than_the_baselines_is_known_at_once()
    {
        await WriteBaselineAsync(entropy: 4);
        using var other = new OtherModel();
        var lines = new LogLines();
        await using BooksServer server = await BooksServer.StartAsync(
            options => options with { Model = other.Path, Baseline = BaselineFile }, logging => logging.AddProvider(lines));
        JsonObject health = await UntilAsync(server, "degraded");
        Assert.Contains("is not the model of the baseline", (string?)health["reason"], StringComparison.Ordinal);
        Assert.Single(lines.All, line => line.StartsWith("Warning self-check: ", StringComparison.Ordinal));
        // It serves, and says so.
        await server.PostAsync(Completions, new { prompt = "Once", max_tokens = 1 });
        Assert.Equal("degraded", (string?)(await server.GetAsync("/ready"))["status"]);
        string metrics = await server.Client.GetStringAsync("/metrics", Ended);
        Assert.True(Metrics.Sum(metrics, "decoupleq_drift_self_check_difference", OtherModel.Name) > SelfCheck.Tolerance);
    }

    [Fact]
    public async Task Answers_unlike_the_baselines_are_told_by_signal()
    {
        await WriteBaselineAsync(entropy: 1);
        const string Name = "drifting";
        var lines = new LogLines();
        await using BooksServer server = await BooksServer.StartAsync(
            options => options with { Name = Name, Baseline = BaselineFile, Drift = new() { Window = 50 }, MonitorLog = new() { Folder = _folder } },
            logging => logging.AddProvider(lines));
        for (int i = 0; i < 40; i++)
        {
            await server.PostAsync(Completions, new { prompt = $"The {i} men", max_tokens = 2 });
        }
        await server.PostAsync(Chat, new { messages = new[] { new { role = "user", content = "Who?" } }, max_tokens = 1 });
        JsonObject health = await UntilAsync(server, "degraded");
        Assert.Contains($"{Completions} differs from the baseline in ", (string?)health["reason"], StringComparison.Ordinal);
        Assert.Contains("entropy (", (string?)health["reason"], StringComparison.Ordinal);
        Assert.Contains("entropy (", (string?)(await server.GetAsync("/page/status"))["drift"], StringComparison.Ordinal);
        Assert.Single(lines.All, line => line.StartsWith($"Warning drift: {Name}: {Completions} differs", StringComparison.Ordinal));
        Assert.Single(lines.All, line => line.StartsWith($"Warning drift: {Chat} is not watched", StringComparison.Ordinal));
        Assert.Equal(1, Metrics.Sum(await server.Client.GetStringAsync("/metrics", Ended), "decoupleq_drift_state", Name));
        await server.StopAsync();
        DriftEntry entry = Assert.Single(MonitorLogFiles.Read([_folder]).OfType<DriftEntry>());
        Assert.True(entry.Drifting);
        Assert.Contains(entry.Signals, signal => signal.Signal == "entropy");
    }

    [Fact]
    public async Task Answers_are_replayed_on_another_model_while_nobody_waits()
    {
        using var other = new OtherModel();
        const string Name = "shadowed";
        await using (BooksServer server = await BooksServer.StartAsync(
            options => options with
            {
                Name = Name, ShadowModel = other.Path, ShadowRate = 1, MonitorLog = new() { Folder = _folder }, Limits = new() { Running = 128 },
            }))
        {
            for (int i = 0; i < 12; i++)
            {
                await server.PostAsync(Completions, new { prompt = $"The {i} men went", max_tokens = 12, n = 2, temperature = 1, seed = i });
            }
            await WhenAsync(async () => Metrics.Sum(await server.Client.GetStringAsync("/metrics", Ended), "decoupleq_shadow_replays_total", Name) == 12);
            string metrics = await server.Client.GetStringAsync("/metrics", Ended);
            Assert.Equal(0, Metrics.Sum(metrics, "decoupleq_shadow_dropped_total", Name));
            Assert.True(Metrics.Sum(metrics, "decoupleq_shadow_kl_divergence", Name) > 0.01);
            Assert.Contains("bound=\"low\"", metrics, StringComparison.Ordinal);

            // Nothing is replayed while something is written, and what waits has an end.
            using var left = CancellationTokenSource.CreateLinkedTokenSource(Ended);
            Task held = server.Client.PostAsync(
                Completions, System.Net.Http.Json.JsonContent.Create(new { prompt = "Once", n = 60, max_tokens = 240, temperature = 1 }), left.Token);
            await WhenAsync(async () => (int)(await server.GetAsync("/health"))["running"]! > 10);
            for (int i = 0; i < 40; i++)
            {
                await server.PostAsync(Completions, new { prompt = $"The {i} men went", max_tokens = 1 });
            }
            metrics = await server.Client.GetStringAsync("/metrics", Ended);
            Assert.False(held.IsCompleted);
            await left.CancelAsync();
            Assert.InRange(Metrics.Sum(metrics, "decoupleq_shadow_dropped_total", Name), 1, 40);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        }
        MonitorEntry[] entries = [.. MonitorLogFiles.Read([_folder])];
        Dictionary<string, AnswerEntry> answers = entries.OfType<AnswerEntry>().ToDictionary(answer => answer.Id);
        ComparisonEntry[] comparisons = [.. entries.OfType<ComparisonEntry>()];
        Assert.True(comparisons.Length >= 12);
        Assert.All(comparisons, comparison =>
        {
            AnswerEntry answer = answers[comparison.Id];
            Assert.Equal((answer.Tokens, 0, OtherModel.Name), (comparison.Tokens, answer.Choice, comparison.Reference));
            // The prompt's kernels and those that write differ in the last bits.
            Assert.Equal(-answer.LogProbability * answer.Tokens, comparison.LogLoss, 0.05 + (0.01 * comparison.LogLoss));
        });
        Assert.Contains(entries.OfType<ServerEntry>(), entry => entry is { Part: "shadow", Model: OtherModel.Name });
    }

    [Fact]
    public async Task A_canary_that_agrees_too_little_answers_no_more()
    {
        using var other = new OtherModel();
        await using BooksServer server = await BooksServer.StartAsync(options => options with
        {
            ShadowRate = 1,
            Canary = new() { Model = other.Path, Share = 1, MinAgreement = 0.99 },
        });
        // A few at a time, with time between them.
        await WhenAsync(async () =>
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(i => server.PostAsync(Completions, new { prompt = $"The {i} men", max_tokens = 4 })));
            await Task.Delay(100, Ended);
            return (string?)(await server.GetAsync("/health"))["status"] == "degraded";
        });
        JsonObject health = await server.GetAsync("/health");
        Assert.Contains("It agrees with the first model in ", (string?)health["reason"], StringComparison.Ordinal);
        Assert.Equal(0, (double)health["canary"]!["share"]!);
    }

    [Fact]
    public async Task A_canary_unlike_its_baseline_answers_no_more()
    {
        await WriteBaselineAsync(entropy: 4);
        using var other = new OtherModel();
        await using BooksServer server = await BooksServer.StartAsync(
            options => options with { Canary = new() { Model = other.Path, Share = 0.5, Baseline = BaselineFile } });
        JsonObject health = await UntilAsync(server, "degraded");
        Assert.Equal(0, (double)health["canary"]!["share"]!);
    }

    [Fact]
    public async Task A_canary_whose_answers_drift_answers_no_more()
    {
        using var other = new OtherModel();
        // Its own texts, and answers that it never gave.
        await WriteBaselineAsync(entropy: 1, other.Path);
        await using BooksServer server = await BooksServer.StartAsync(options => options with
        {
            Drift = new() { Window = 50 }, Canary = new() { Model = other.Path, Share = 1, Baseline = BaselineFile },
        });
        for (int i = 0; i < 40; i++)
        {
            await server.PostAsync(Completions, new { prompt = $"The {i} men", max_tokens = 2 });
        }
        JsonObject health = await UntilAsync(server, "degraded");
        Assert.Contains("answers no more: /v1/completions differs from the baseline in ", (string?)health["reason"], StringComparison.Ordinal);
        Assert.Equal(0, (double)health["canary"]!["share"]!);
    }

    [Fact]
    public async Task Options_without_effect_and_models_that_cannot_be_compared_are_refused()
    {
        using var other = new OtherModel();
        Assert.Equal("shadow-rate", await FieldAsync(options => options with { ShadowRate = 0.5 }));
        Assert.Equal("shadow-model", await FieldAsync(options => options with { ShadowModel = other.Path }));
        Assert.Equal("shadow-rate", await FieldAsync(options => options with { ShadowModel = other.Path, ShadowRate = 2 }));
        Assert.Equal("shadow-model", await FieldAsync(options => options with
        {
            ShadowModel = other.Path, ShadowRate = 1, Canary = new() { Model = other.Path, Share = 1 },
        }));
        Assert.Equal("min-agreement", await FieldAsync(options => options with { Canary = new() { Model = other.Path, Share = 1, MinAgreement = 0.5 } }));
        Assert.Equal("monitor-size", await FieldAsync(options => options with { MonitorLog = new() { Folder = _folder, MaxFileBytes = 1 } }));
        File.WriteAllText(BaselineFile, "{}");
        Assert.Null(await FieldAsync(options => options with { Baseline = BaselineFile }));

        async Task<string?> FieldAsync(Func<ServerOptions, ServerOptions> change) =>
            (await Assert.ThrowsAsync<DecoupleQException>(() => BooksServer.StartAsync(change))).Field;
    }

    // Of answers that nobody gave: of the entropy that is asked for.
    private async Task WriteBaselineAsync(double entropy, string? path = null)
    {
        using LanguageModel model = LanguageModel.Load(path ?? Paths.Model, new() { Threads = 1 });
        using var texts = new TextService(model);
        var random = new Random(1);
        AnswerEntry[] answers = [.. Enumerable.Range(0, 300).Select(i => new AnswerEntry
        {
            Time = DateTimeOffset.UnixEpoch, Model = "books-8m", Id = $"{i}", Route = Completions, PromptTokens = random.Next(3, 9),
            CharactersPerToken = 1 + random.NextDouble(), Tokens = 2, Truncated = true, LogProbability = -entropy + random.NextDouble(),
            Entropy = entropy + random.NextDouble(), Repetition = 0, QueueMs = 0, FirstTokenMs = 1, TokensPerSecond = 100,
        })];
        Baseline.Of("books-8m", answers, await OwnTexts.WriteAsync(texts, Ended)).Write(BaselineFile);
    }

    private static async Task<JsonObject> UntilAsync(BooksServer server, string status)
    {
        JsonObject health = await server.GetAsync("/health");
        await WhenAsync(async () => (string?)(health = await server.GetAsync("/health"))["status"] == status);
        return health;
    }

    private static async Task WhenAsync(Func<Task<bool>> condition)
    {
        for (int tries = 0; !await condition(); tries++)
        {
            Assert.True(tries < 600, "It has not come to be.");
            await Task.Delay(50, Ended);
        }
    }

    private sealed class Reports(Action<BaselineProgress> report) : IProgress<BaselineProgress>
    {
        private readonly Lock _gate = new();

        public void Report(BaselineProgress value)
        {
            lock (_gate)
            {
                report(value);
            }
        }
    }
}
