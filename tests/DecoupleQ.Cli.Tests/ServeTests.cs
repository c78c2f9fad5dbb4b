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
}
