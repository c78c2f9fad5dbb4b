using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Testing;

namespace DecoupleQ.Server.Tests;

/// <summary>Alert rules and dashboard in <c>deploy</c>: what they ask for is what a server exports. <c>eng/install-promtool.sh</c> gets the checker.</summary>
// Servers of one process share their measurements by name, and those of one that ends are gone for all: no other may end meanwhile.
[Collection(nameof(AlertTests))]
[CollectionDefinition(nameof(AlertTests), DisableParallelization = true)]
public sealed partial class AlertTests
{
    // Servers of one process are told apart by their models.
    private const string Name = "asked-by-alerts", CanaryName = "asked-by-alerts-canary";

    private static readonly string Folder = Path.Combine(Paths.Repository, "deploy", "prometheus");
    private static readonly string Rules = File.ReadAllText(Path.Combine(Folder, "decoupleq.rules.yml"));
    private static readonly string RuleTests = File.ReadAllText(Path.Combine(Folder, "decoupleq.rules.test.yml"));

    private static JsonObject Dashboard { get; } =
        Assert.IsType<JsonObject>(JsonNode.Parse(File.ReadAllText(Path.Combine(Paths.Repository, "deploy", "grafana", "decoupleq.json"))));

    private static IEnumerable<JsonObject> Panels => Dashboard["panels"]!.AsArray().Select(panel => panel!.AsObject());

    private static IEnumerable<string> Queries =>
        Panels.Where(panel => panel.ContainsKey("targets")).SelectMany(panel => panel["targets"]!.AsArray().Select(target => (string)target!["expr"]!));

    [Theory]
    [InlineData("check", "rules", "decoupleq.rules.yml", "16 rules found")]
    [InlineData("test", "rules", "decoupleq.rules.test.yml", "SUCCESS")]
    [InlineData("check", "config", "prometheus.yml", "is valid prometheus config file syntax")]
    public async Task Promtool_finds_nothing_wrong(string verb, string what, string file, string said) =>
        Assert.Contains(said, await PromtoolAsync(Folder, [verb, what, .. what == "config" ? (string[])["--syntax-only"] : [], file]));

    [Fact]
    public async Task Promtool_reads_every_query_of_the_dashboard()
    {
        string folder = Directory.CreateTempSubdirectory("decoupleq-queries-").FullName;
        try
        {
            string[] queries = [.. Queries.Select(query => query.Replace("$__rate_interval", "5m", StringComparison.Ordinal))];
            Assert.All(queries, query => Assert.DoesNotContain("$", Variable.Replace(query, "")));
            IEnumerable<string> records = queries.Select((query, i) => $"      - record: query:{i}\n        expr: {new JsonArray(query)[0]!.ToJsonString()}\n");
            string file = Path.Combine(folder, "queries.yml");
            File.WriteAllText(file, $"groups:\n  - name: dashboard\n    rules:\n{string.Concat(records)}");
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{queries.Length} rules found"), await PromtoolAsync(folder, "check", "rules", file));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Every_alert_is_tested_where_it_comes_and_is_explained()
    {
        string[] alerts = [.. Alert.Matches(Rules).Select(match => match.Groups[1].Value)];
        Assert.Equal(16, alerts.Length);
        Assert.Equal(alerts.Distinct(), alerts);
        foreach (string alert in alerts)
        {
            Assert.Matches($@"alertname: {alert}\n        exp_alerts:\n          - exp_labels", RuleTests);
            Assert.All((string[])["operations.md", "operations.ja.md"], page =>
                Assert.Contains($"| `{alert}` |", File.ReadAllText(Path.Combine(Paths.Repository, "docs", page))));
        }
        // The server and the rule know one limit.
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"decoupleq_drift_self_check_difference > {SelfCheck.Tolerance}\n"), Rules);
    }

    [Fact]
    public void The_dashboard_is_whole()
    {
        JsonObject[] panels = [.. Panels];
        Assert.Equal(panels.Select(panel => (int)panel["id"]!).Distinct().Count(), panels.Length);
        Assert.Equal(
            ["Traffic", "Latency", "Tokens", "Quality of answers", "Drift", "Comparison with the dense model", "Canary", "Memory"],
            panels.Where(panel => (string?)panel["type"] == "row").Select(panel => (string?)panel["title"]));
        // No two lie on one another, and none sticks out.
        var taken = new HashSet<(int X, int Y)>();
        foreach (JsonNode place in panels.Select(panel => panel["gridPos"]!))
        {
            (int x, int y, int width, int height) = ((int)place["x"]!, (int)place["y"]!, (int)place["w"]!, (int)place["h"]!);
            Assert.InRange(x + width, 1, 24);
            IEnumerable<(int, int)> cells = Enumerable.Range(x, width).SelectMany(column => Enumerable.Range(y, height).Select(row => (column, row)));
            Assert.All(cells, cell => Assert.True(taken.Add(cell)));
        }
        Assert.Equal(
            ["datasource", "instance", "model", "route"], Dashboard["templating"]!["list"]!.AsArray().Select(variable => (string?)variable!["name"]));
        IEnumerable<JsonNode?> sources = panels.Where(panel => panel.ContainsKey("targets"))
            .SelectMany(panel => panel["targets"]!.AsArray().Select(target => target!["datasource"]).Append(panel["datasource"]));
        Assert.All(sources, source => Assert.Equal("""{"type":"prometheus","uid":"${datasource}"}""", source!.ToJsonString()));
    }

    [Fact]
    public async Task A_server_exports_whatever_rules_and_dashboard_ask_for()
    {
        string folder = Directory.CreateTempSubdirectory("decoupleq-alerts-").FullName;
        try
        {
            string baseline = Path.Combine(folder, "baseline.json");
            Synthetic().Write(baseline);
            using var other = new OtherModel();
            await using BooksServer server = await BooksServer.StartAsync(options => options with
            {
                Name = Name,
                Canary = new CanaryOptions { Model = other.Path, Name = CanaryName, Share = 0.5, Baseline = baseline },
                Baseline = baseline,
                ShadowRate = 1,
                MonitorLog = new MonitorLogOptions { Folder = folder },
            });
            string exported = await ExportedAsync(server);
            (string Name, string[] Labels)[] series = [.. Line.Matches(exported).Select(match =>
                (match.Groups[1].Value, (string[])[.. Label.Matches(match.Groups[2].Value).Select(label => label.Groups[1].Value)]))];
            IEnumerable<string> choices = Dashboard["templating"]!["list"]!.AsArray().Select(variable => (string?)variable!["definition"]).OfType<string>();
            string[] asked = [.. Expressions(Rules), .. Queries, .. choices];
            Assert.True(asked.Length > 50);
            (string Name, string[] Labels)[] selected = [.. asked.SelectMany(text => Selector.Matches(text)).Select(match =>
                (match.Groups[1].Value, (string[])[.. Label.Matches(match.Groups[2].Value).Select(label => label.Groups[1].Value)]))];
            Assert.True(selected.Select(one => one.Name).Distinct().Count() > 20);
            Assert.All(selected, one =>
            {
                string[] labels = [.. series.Where(known => known.Name == one.Name).SelectMany(known => known.Labels).Distinct()];
                Assert.True(labels.Length > 0, $"{one.Name} is not exported.");
                // Those that Prometheus adds.
                Assert.Empty(one.Labels.Except([.. labels, "instance", "job"]));
            });
            // The other way about: what is exported is shown.
            string[] shown = [.. selected.Select(one => one.Name)];
            IEnumerable<string> names = series.Select(known => Part.Replace(known.Name, "")).Distinct();
            Assert.Equal(["target_info"], names.Where(name => !shown.Any(one => one.StartsWith(name, StringComparison.Ordinal))));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Until an answer of the canary has been compared.
    private static async Task<string> ExportedAsync(BooksServer server)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            // More than ten comparisons have an interval.
            foreach (int i in Enumerable.Range(0, 12))
            {
                await server.PostAsync("/v1/completions", new { model = CanaryName, prompt = $"Once upon a time {i}", max_tokens = 3 });
            }
            await server.PostAsync("/v1/completions", new { prompt = "Once", max_tokens = 3 });
            string text = await server.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
            string[] own = [.. text.Split('\n').Where(line => line.Contains($"\"{CanaryName}\"", StringComparison.Ordinal))];
            if (own.Any(line => line.Contains("bound=\"high\"", StringComparison.Ordinal))
                && own.Any(line => line.StartsWith("decoupleq_drift_self_check_difference{", StringComparison.Ordinal)))
            {
                return text;
            }
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), text);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    // Of no model: what is compared with it differs, which is shown all the same.
    private static Baseline Synthetic() => Baseline.Of(
        "books-8m",
        Enumerable.Range(0, Baseline.FewestAnswers).Select(i => new AnswerEntry
        {
            Time = DateTimeOffset.UnixEpoch, Model = "books-8m", Id = $"{i}", Route = "/v1/completions", PromptTokens = 5, CharactersPerToken = 4, Tokens = i,
            LogProbability = -1, Entropy = 1, Repetition = 0, Overruled = 0, QueueMs = 0, FirstTokenMs = 1, TokensPerSecond = 1,
        }),
        [new ReferenceText([1, 2, 3], [-1, -1])]);

    private static IEnumerable<string> Expressions(string rules) => Expression.Matches(rules).Select(match => match.Groups[1].Value);

    private static async Task<string> PromtoolAsync(string folder, params string[] arguments)
    {
        string own = Path.Combine(Paths.Repository, "artifacts", "tools", "promtool");
        string? promtool = File.Exists(own) ? own : Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
            .Select(place => Path.Combine(place, "promtool")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(promtool is null, $"{Paths.Missing}promtool, which eng/install-promtool.sh gets");
        var start = new ProcessStartInfo(promtool, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await output + await error);
        return await output;
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert { get; }

    // On the line, or below it and further in.
    [GeneratedRegex(@"expr: ((?:\|\n(?: {10,}.*\n)+)|.*)")]
    private static partial Regex Expression { get; }

    [GeneratedRegex(@"\b((?:decoupleq|gen_ai)_(?!response_model)\w+)(?:\{([^}]*)\})?")]
    private static partial Regex Selector { get; }

    [GeneratedRegex(@"(?m)^(\w+)\{(.*)\} ")]
    private static partial Regex Line { get; }

    [GeneratedRegex(@"(\w+)=~?""")]
    private static partial Regex Label { get; }

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Part { get; }

    [GeneratedRegex(@"\$(model|instance|route)\b")]
    private static partial Regex Variable { get; }
}
