using System.Diagnostics;
using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class ServeTests
{
    [Fact]
    public async Task A_server_answers_until_it_is_told_to_end()
    {
        Assert.SkipUnless(TerminationTests.CanSignal("TERM"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        using TemporaryFolder folder = new();
        string keys = folder["keys.txt"];
        await File.WriteAllTextAsync(keys, "open\n\nsesame\r\n", TestContext.Current.CancellationToken);
        using Process process = Tool.Start("serve", Paths.Model, "--port", "0", "--json", "--name", "tales", "--api-key-file", keys, "--threads", "1");
        Task<string> log = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string started = "";
        while (!started.EndsWith('}'))
        {
            started += await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException(await log);
        }
        JsonElement where = JsonElement.Parse(started);
        Assert.Equal("tales", where.GetProperty("model").GetString());
        using var client = new HttpClient { BaseAddress = new Uri(where.GetProperty("addresses")[0].GetString()!) };
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await client.GetAsync("/v1/models", TestContext.Current.CancellationToken)).StatusCode);
        client.DefaultRequestHeaders.Authorization = new("Bearer", "sesame");
        using var body = new StringContent("""{"model": "tales", "prompt": "Once", "max_tokens": 3}""", null, "application/json");
        using HttpResponseMessage response = await client.PostAsync("/v1/completions", body, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        TerminationTests.Send("TERM", process.Id);
        Tool.WaitForExit(process);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("POST /v1/completions 200", await log);
    }

    [Fact]
    public void What_cannot_be_served_is_said_at_once()
    {
        Assert.Contains("host: ", Tool.Run("serve", Paths.Model, "--host", "0.0.0.0").Expect(1).OneLine());
        Assert.Contains("--host: 'here' is no address", Tool.Run("serve", Paths.Model, "--host", "here").Expect(2).OneLine());
        Assert.Contains("cors-origin: ", Tool.Run("serve", Paths.Model, "--cors-origin", "example.com").Expect(1).OneLine());
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["keys.txt"], "\n");
        Assert.Contains("There is no key in it.", Tool.Run("serve", Paths.Model, "--api-key-file", folder["keys.txt"]).Expect(1).OneLine());
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        int port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        Assert.Contains("port: ", Tool.Run("serve", Paths.Model, "--port", $"{port}").Expect(1).OneLine());
    }

    [Fact]
    public async Task A_second_model_is_served_beside_the_first()
    {
        Assert.SkipUnless(TerminationTests.CanSignal("TERM"), "Signals cannot be sent here, or whoever started the tests ignores them.");
        using TemporaryFolder folder = new();
        string second = folder["second"];
        Directory.CreateDirectory(second);
        foreach (string file in Directory.EnumerateFiles(Paths.Model))
        {
            File.Copy(file, Path.Combine(second, Path.GetFileName(file)));
        }
        using Process process = Tool.Start("serve", Paths.Model, "--canary", second, "--share", "12.5%", "--port", "0", "--json", "--threads", "1");
        Task<string> log = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string started = "";
        while (!started.EndsWith('}'))
        {
            started += await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new InvalidOperationException(await log);
        }
        JsonElement where = JsonElement.Parse(started);
        Assert.Equal(("books-8m", "second"), (where.GetProperty("model").GetString(), where.GetProperty("canary").GetString()));
        using var client = new HttpClient { BaseAddress = new Uri(where.GetProperty("addresses")[0].GetString()!) };
        JsonElement health = JsonElement.Parse(await client.GetStringAsync("/health", TestContext.Current.CancellationToken));
        Assert.Equal(0.125, health.GetProperty("canary").GetProperty("share").GetDouble());
        using var body = new StringContent("""{"model": "second", "prompt": "Once", "max_tokens": 3}""", null, "application/json");
        using HttpResponseMessage response = await client.PostAsync("/v1/completions", body, TestContext.Current.CancellationToken);
        Assert.Equal("second", Assert.Single(response.EnsureSuccessStatusCode().Headers.GetValues("X-DecoupleQ-Model")));
        TerminationTests.Send("TERM", process.Id);
        Tool.WaitForExit(process);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("Serving books-8m, and second to 12.5 % of those who ask, at ", await log);
    }

    [Theory]
    [InlineData("--share: It is required beside --canary.", "--canary", "other")]
    [InlineData("--share: There is no second model.", "--share", "5%")]
    [InlineData("--canary-name: There is no second model.", "--canary-name", "other")]
    [InlineData("--share: '1' cannot be used.", "--canary", "other", "--share", "1")]
    [InlineData("--share: '101%' cannot be used.", "--canary", "other", "--share", "101%")]
    [InlineData("--share: '-1%' cannot be used.", "--canary", "other", "--share", "-1%")]
    [InlineData("--share: 'NaN' cannot be used.", "--canary", "other", "--share", "NaN")]
    [InlineData("--share: '%' cannot be used.", "--canary", "other", "--share", "%")]
    [InlineData("--canary: The path is empty.", "--canary", "", "--share", "5%")]
    public void A_second_model_that_is_half_described_is_refused(string message, params string[] options) =>
        Assert.Contains(message, Tool.Run(["serve", Paths.Model, .. options]).Expect(2).OneLine());

    [Theory]
    [InlineData("canary: It is the model that it stands beside.")]
    [InlineData("canary-name: Both models would go by the name 'books-8m'.", "--canary-name", "books-8m")]
    public void A_second_model_is_another_one(string message, params string[] options)
    {
        using TemporaryFolder folder = new();
        string other = options.Length == 0 ? Path.Combine(Paths.Model, "..", "books-8m") : folder["other"];
        Assert.Contains(message, Tool.Run(["serve", Paths.Model, "--canary", other, "--share", "0.05", .. options]).Expect(1).OneLine());
    }
}
