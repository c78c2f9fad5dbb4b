using System.Text.Json.Nodes;
using DecoupleQ.Testing;

namespace DecoupleQ.Server.Tests;

/// <summary>The official client for JavaScript, unchanged, and the page in a browser; <c>eng/install-browser.sh</c> installs both.</summary>
public sealed class JavaScriptTests(BooksServer server) : IClassFixture<BooksServer>
{
    private static readonly string[] Cities = ["Paris", "Rome"];

    [Fact]
    public async Task The_official_client_works_unchanged()
    {
        JsonObject seen = await NodeScript.RunAsync("client.mjs", $"{server.Address}v1", "books-8m");
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

    [Fact]
    public async Task The_official_client_calls_tools_and_is_held_to_schemas()
    {
        await using BooksServer own = await BooksServer.StartAsync(options => options with { ChatTemplate = ToolServer.Template });
        JsonObject seen = await NodeScript.RunAsync("tools.mjs", $"{own.Address}v1", "books-8m");
        JsonNode call = Assert.Single(seen["called"]!.AsArray())!, streamed = Assert.Single(seen["streamed"]!.AsArray())!;
        Assert.Equal("tool_calls", (string?)seen["finish"]);
        foreach (JsonNode made in (JsonNode[])[call, streamed])
        {
            Assert.Equal("weather", (string?)made["function"]!["name"]);
            Assert.Contains((string?)JsonNode.Parse((string)made["function"]!["arguments"]!)!["city"], Cities);
        }
        Assert.Equal((string?)call["function"]!["arguments"], (string?)streamed["function"]!["arguments"]);
        Assert.NotEmpty(seen["ran"]!.AsArray());
        Assert.All(seen["ran"]!.AsArray(), city => Assert.Contains((string?)city, Cities));
        Assert.Equal(["user", "assistant", "tool"], seen["roles"]!.AsArray().Take(3).Select(role => (string?)role));
        foreach (JsonNode person in (JsonNode[])[seen["parsed"]!, seen["response"]!])
        {
            Assert.Equal(["name", "age"], person.AsObject().Select(field => field.Key));
            Assert.InRange((int)person["age"]!, 0, 120);
        }
        Assert.InRange((int)seen["events"]!, 8, 400);
        Assert.NotEmpty((string)seen["text"]!);
        Assert.Equal((string?)seen["whole"], (string?)seen["text"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_page_chats_and_lets_nothing_in(bool key)
    {
        string? chromium = NodeScript.Find("chromium");
        Assert.SkipWhen(chromium is null, $"{Paths.Missing}chromium, which eng/install-browser.sh installs as root");
        await using BooksServer own = await BooksServer.StartAsync(options => options with { ApiKeys = key ? ["sesame"] : [] });
        string picture = Path.Combine(Path.GetTempPath(), $"decoupleq-page-{Guid.NewGuid():N}.png");
        JsonObject seen = await NodeScript.RunAsync("page.mjs", [chromium, $"{own.Address}", picture, .. key ? (string[])["me", "sesame"] : []]);
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

    [Fact]
    public async Task The_page_says_what_there_is_to_say_of_a_canary_and_of_a_model_that_cannot_chat()
    {
        string? chromium = NodeScript.Find("chromium");
        Assert.SkipWhen(chromium is null, $"{Paths.Missing}chromium, which eng/install-browser.sh installs as root");
        using var other = new OtherModel();
        string name = "a-canary-with-a-name-that-is-longer-than-the-place-there-is-beside-its-label";
        await using BooksServer own = await BooksServer.StartAsync(
            options => options with { ChatTemplate = null, Canary = new() { Model = other.Path, Name = name, Share = 0.05 } });
        JsonObject seen = await NodeScript.RunAsync("status.mjs", chromium, $"{own.Address}");
        Assert.Equal(("ok", $"{name} answers 5 %"), ((string?)seen["state"], (string?)seen["canary"]));
        Assert.Equal((false, true, false, false), ((bool)seen["chat"]!, (bool)seen["noChat"]!, (bool)seen["note"]!, (bool)seen["log"]!));
        Assert.Equal("Tokens a second in the last two minutes, at most 0.0", (string?)seen["caption"]);
        Assert.Equal(0, (int)seen["outside"]!);
        own.Models.Canary!.Share.FallBack(new DecoupleQ.Monitoring.Entries.FailuresReason(12, 40, 1, 120));
        seen = await NodeScript.RunAsync("status.mjs", chromium, $"{own.Address}");
        Assert.Equal("degraded", (string?)seen["state"]);
        Assert.StartsWith($"{name} answers no more: 12 of its last 40 requests failed", (string?)seen["canary"], StringComparison.Ordinal);
        Assert.Equal(0, (int)seen["outside"]!);
    }

    private static JsonNode WithoutCached(JsonNode usage)
    {
        JsonNode copy = usage.DeepClone();
        copy.AsObject().Remove("prompt_tokens_details");
        return copy;
    }
}
