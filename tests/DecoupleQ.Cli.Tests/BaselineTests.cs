using System.Diagnostics;
using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class BaselineTests
{
    private const string Completions = "/v1/completions";

    [Fact]
    public async Task A_baseline_is_written_and_the_server_holds_the_model_against_it()
    {
        Assert.SkipUnless(TerminationTests.CanSignal("TERM"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        using TemporaryFolder folder = new();
        string text = Path.Combine(Paths.Samples, "text", "validation.txt"), baseline = folder["baseline.json"], monitor = folder["monitor"];
        ToolResult result = Tool.Run(
            "baseline", Paths.Model, "--text", text, "--count", "200", "--prompt-characters", "24", "-n", "2", "-o", baseline, "--threads", "1").Expect(0);
        Assert.Matches(@"/v1/completions +Mean", result.Output);
        Assert.Matches(@"answers +200", result.Output);
        Assert.Contains($"'serve --baseline {baseline}'", result.Output.ReplaceLineEndings(" "));
        Assert.Contains("answering: 200 of 200 requests", result.Error);

        using Process process = Tool.Start(
            "serve", Paths.Model, "--port", "0", "--json", "--baseline", baseline, "--monitor", monitor, "--monitor-size", "1MB", "--drift-window", "100",
            "--threads", "1");
        Task<string> log = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string started = "";
        while (!started.EndsWith('}'))
        {
            started += await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException(await log);
        }
        using var client = new HttpClient { BaseAddress = new Uri(JsonElement.Parse(started).GetProperty("addresses")[0].GetString()!) };
        using var body = new StringContent("""{"prompt": "Once", "max_tokens": 3}""", null, "application/json");
        (await client.PostAsync(Completions, body, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        for (int tries = 0; !(await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).Contains("self_check"); tries++)
        {
            Assert.True(tries < 200);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        Assert.Contains("\"status\":\"ok\"", await client.GetStringAsync("/health", TestContext.Current.CancellationToken));
        TerminationTests.Send("TERM", process.Id);
        Tool.WaitForExit(process);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("self-check: books-8m is the model of the baseline", await log);
        string[] kinds = [.. File.ReadAllLines(Path.Combine(monitor, "decoupleq.monitor.jsonl"))
            .Select(line => JsonElement.Parse(line).GetProperty("kind").GetString()!)];
        Assert.Equal(["answer", "baseline", "self_check", "server", "server"], kinds.Order());
    }

    [Fact]
    public void Requests_of_a_file_are_answered_and_one_that_is_refused_is_named()
    {
        using TemporaryFolder folder = new();
        string requests = folder["requests.jsonl"];
        File.WriteAllLines(requests, Enumerable.Range(0, 200).Select(i => $$"""{"prompt": "The {{i}}", "max_tokens": 1}"""));
        JsonElement json = Tool.Run("baseline", Paths.Model, "--requests", requests, "-o", folder["b.json"], "--json", "--name", "tales").Expect(0).Json();
        Assert.Equal(("tales", folder["b.json"]), (json.GetProperty("model").GetString(), json.GetProperty("output").GetString()));
        JsonElement route = json.GetProperty("routes").GetProperty(Completions);
        Assert.Equal((200, 1), (route.GetProperty("answers").GetInt32(), route.GetProperty("means").GetProperty("tokens").GetDouble()));

        File.AppendAllText(requests, """{"prompt": "The", "max_tokens": "many"}""");
        ToolResult refused = Tool.Run("baseline", Paths.Model, "--requests", requests, "-o", folder["other.json"]).Expect(1);
        Assert.Contains("The request of line 201 was refused: max_tokens", refused.Error);
        Assert.False(File.Exists(folder["other.json"]));
        File.WriteAllText(requests, "{\"prompt\": \"a\"}\n\nhalf\n");
        Assert.Contains("Line 3 is no JSON", Tool.Run("baseline", Paths.Model, "--requests", requests, "-o", folder["other.json"]).Expect(1).OneLine());
        File.WriteAllText(requests, "{\"model\": \"a\"}\n");
        Assert.Contains("Line 1 has none of messages, prompt, input.", Tool.Run("baseline", Paths.Model, "--requests", requests).Expect(1).OneLine());
    }

    [Theory]
    [InlineData("baseline", "--requests: It does not say what the answers are to. (expected: one of --requests, --text and --log)")]
    [InlineData("baseline --text a --log b", "--text, --log: They are several sources of answers.")]
    [InlineData("baseline --log b --count 300", "--count: It is about prompts that are cut from a text. (expected: --text beside it)")]
    [InlineData("baseline --text a --count 3", "--count: '3' cannot be used. (expected: a whole number from 200 to 1000000)")]
    [InlineData("serve --monitor-files 3", "--monitor-files: It has no effect by itself. (expected: --monitor beside it)")]
    [InlineData("serve --drift-window 100", "--drift-window: It has no effect by itself. (expected: --baseline beside it)")]
    [InlineData("serve --min-agreement 80%", "--min-agreement: There is no canary that it could be about. (expected: --canary and --share beside it)")]
    [InlineData(
        "serve --min-agreement 1.5",
        "--min-agreement: '1.5' cannot be used. (expected: a percentage from 0% to 100%, or a fraction from 0 to 1, such as 85% or 0.85)")]
    [InlineData("serve --shadow-rate 1", "--shadow-rate: '1' cannot be used.")]
    public void Options_that_would_do_nothing_are_refused(string command, string expected)
    {
        string[] words = command.Split(' ');
        Assert.Contains(expected, Tool.Run([words[0], Paths.Model, .. words[1..]]).Expect(2).OneLine());
    }
}
