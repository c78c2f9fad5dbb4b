using System.Diagnostics;
using System.Text.Json.Nodes;
using DecoupleQ.Testing;

namespace DecoupleQ.Server.Tests;

/// <summary>The official client for JavaScript, unchanged, and the page in a browser; <c>eng/install-browser.sh</c> installs both.</summary>
public sealed class JavaScriptTests(BooksServer server) : IClassFixture<BooksServer>
{
    private static readonly string Folder = Path.Combine(Paths.Repository, "tests", "DecoupleQ.Server.Tests", "Browser");

    [Fact]
    public async Task The_official_client_works_unchanged()
    {
        JsonObject seen = await RunAsync("client.mjs", $"{server.Address}v1", "books-8m");
        Assert.Equal("books-8m", (string?)Assert.Single(seen["models"]!.AsArray()));
        Assert.NotEmpty((string)seen["whole"]!);
        Assert.Equal((string?)seen["whole"], (string?)seen["streamed"]);
        Assert.Equal("length", (string?)seen["finish"]);
        Assert.True(JsonNode.DeepEquals(WithoutCached(seen["wholeUsage"]!), WithoutCached(seen["usage"]!)));
        Assert.StartsWith("Once upon a time", (string)seen["completion"]!["text"]!, StringComparison.Ordinal);
        Assert.InRange((int)seen["pieces"]!, 3, 400);
        JsonNode refused = seen["refused"]!;
        Assert.Equal((400, "surprise", "unknown_parameter"), ((int)refused["status"]!, (string)refused["param"]!, (string)refused["code"]!));
        Assert.True((bool)refused["bad"]!);
        await server.IdleAsync(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_page_chats_and_lets_nothing_in(bool key)
    {
        string? chromium = Find("chromium");
        Assert.SkipWhen(chromium is null, $"{Paths.Missing}chromium, which eng/install-browser.sh installs as root");
        await using BooksServer own = await BooksServer.StartAsync(options => options with { ApiKeys = key ? ["sesame"] : [] });
        string picture = Path.Combine(Path.GetTempPath(), $"decoupleq-page-{Guid.NewGuid():N}.png");
        JsonObject seen = await RunAsync("page.mjs", [chromium, $"{own.Address}", picture, .. key ? (string[])["me", "sesame"] : []]);
        Assert.Equal(200, (int)seen["status"]!);
        Assert.Contains("default-src 'none'", (string)seen["policy"]!);
        Assert.DoesNotContain("unsafe", (string)seen["policy"]!);
        Assert.Equal("books-8m", (string?)seen["model"]);
        JsonArray messages = seen["messages"]!.AsArray();
        Assert.Equal(["user", "assistant"], messages.Select(message => (string?)message!["kind"]));
        Assert.Equal("Tell a <b>story</b>.", (string?)messages[0]!["text"]);
        Assert.NotEmpty((string)messages[1]!["text"]!);
        Assert.All(messages, message => Assert.Equal(0, (int)message!["elements"]!));
        Assert.Empty(seen["outside"]!.AsArray());
        Assert.False((bool)seen["ran"]!);
        // Of the policy that kept out what the test put in; of nothing else.
        Assert.All(seen["complaints"]!.AsArray(), complaint => Assert.Contains("Content Security Policy", (string?)complaint));
        Assert.True(new FileInfo(picture).Length > 10_000);
        File.Delete(picture);
    }

    private static JsonNode WithoutCached(JsonNode usage)
    {
        JsonNode copy = usage.DeepClone();
        copy.AsObject().Remove("prompt_tokens_details");
        return copy;
    }

    private static string? Find(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static async Task<JsonObject> RunAsync(string script, params string[] arguments)
    {
        string? node = Find("node");
        Assert.SkipWhen(
            node is null || !Directory.Exists(Path.Combine(Folder, "node_modules")), $"{Paths.Missing}node_modules, which eng/install-browser.sh installs");
        var start = new ProcessStartInfo(node, [Path.Combine(Folder, script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, await error);
        return Assert.IsType<JsonObject>(JsonNode.Parse(await output));
    }
}
