using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Models;
using DecoupleQ.Server.Hosting;
using DecoupleQ.Server.Models;
using DecoupleQ.Testing;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Tests;

/// <summary>A server of the sample model, with a chat template, on a free port.</summary>
public sealed class BooksServer : IAsyncLifetime
{
    private InferenceServer? _server;

    public HttpClient Client { get; } = new();

    public Uri Address => new(_server!.Addresses[0]);

    internal ServedModels Models => _server!.Models;

    internal IReadOnlyList<string> CanaryWarnings => _server!.CanaryWarnings;

    internal static ServerOptions Options => new()
    {
        Model = Paths.Model,
        ChatTemplate = Path.Combine(Paths.Samples, "chat", "tale.jinja"),
        Port = 0,
        Loading = new LanguageModelOptions { Threads = 1 },
    };

    /// <summary>A server with settings of its own.</summary>
    internal static async Task<BooksServer> StartAsync(Func<ServerOptions, ServerOptions> change, Action<ILoggingBuilder>? logging = null)
    {
        var server = new BooksServer();
        await server.StartAsync(change(Options), logging);
        return server;
    }

    public async ValueTask InitializeAsync() => await StartAsync(Options);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
    }

    /// <summary>Tells it to end, and waits until it has.</summary>
    internal async Task StopAsync()
    {
        if (_server is InferenceServer server)
        {
            _server = null;
            await server.StopAsync();
            await server.DisposeAsync();
        }
    }

    /// <summary>Tells it to end.</summary>
    internal Task EndAsync() => _server!.StopAsync();

    internal async Task<JsonObject> PostAsync(string path, object body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using HttpResponseMessage response = await Client.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        return await ReadAsync(response, expected);
    }

    internal async Task<JsonObject> PostTextAsync(string path, string body, HttpStatusCode expected)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Client.PostAsync(path, content, TestContext.Current.CancellationToken);
        return await ReadAsync(response, expected);
    }

    internal async Task<JsonObject> GetAsync(string path, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using HttpResponseMessage response = await Client.GetAsync(path, TestContext.Current.CancellationToken);
        return await ReadAsync(response, expected);
    }

    /// <summary>The events of a stream, but for the last, which says that it ends.</summary>
    internal async Task<IReadOnlyList<JsonObject>> StreamAsync(string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        using HttpResponseMessage response =
            await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        string[] events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        return [.. events[..^1].Select(item => Assert.IsType<JsonObject>(JsonNode.Parse(item["data: ".Length..])))];
    }

    /// <summary>Waits until no text is written and nobody waits.</summary>
    internal async Task<TimeSpan> IdleAsync(TimeSpan patience)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            JsonObject health = await GetAsync("/health");
            if ((int)health["running"]! == 0 && (int)health["waiting"]! == 0)
            {
                return clock.Elapsed;
            }
            Assert.True(clock.Elapsed < patience, $"Something is still written: {health.ToJsonString()}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private async Task StartAsync(ServerOptions options, Action<ILoggingBuilder>? logging = null)
    {
        _server = await InferenceServer.StartAsync(options, logging);
        Client.BaseAddress = Address;
    }

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode} {text}");
        return Assert.IsType<JsonObject>(JsonNode.Parse(text));
    }
}
