using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace DecoupleQ.Server.Tests;

/// <summary>Many clients, and clients that leave, read nothing or say nothing.</summary>
public sealed class LoadTests
{
    private const string Path = "/v1/completions";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Answers_are_the_same_under_load_as_alone()
    {
        await using BooksServer server = await BooksServer.StartAsync(options => options with { Loading = new() });
        string shared = "It was a bright cold day in the town, and the old captain looked at the sea. " + string.Concat(
            Enumerable.Repeat("The men were on the shore, and nobody said a word. ", 5));
        object[] bodies =
        [
            .. Enumerable.Range(0, 24).Select(i => (object)new
            {
                prompt = i % 3 == 0 ? shared + $"Then number {i}" : $"On the {i}th of May", max_tokens = 8 + i, temperature = i % 2 == 0 ? 0 : 0.9, seed = i,
                logprobs = 1,
            }),
        ];
        JsonNode?[] alone = new JsonNode?[bodies.Length];
        foreach ((int i, object body) in bodies.Index())
        {
            alone[i] = (await server.PostAsync(Path, body))["choices"]![0];
        }
        JsonObject[] together = await Task.WhenAll(bodies.Reverse().Select(body => server.PostAsync(Path, body)));
        foreach ((int i, JsonNode? answer) in alone.Reverse().Index())
        {
            Assert.Equal(answer!.ToJsonString(), together[i]["choices"]![0]!.ToJsonString());
        }
        Assert.Contains(together, response => (int)response["usage"]!["prompt_tokens_details"]!["cached_tokens"]! > 64);
    }

    [Fact]
    public async Task What_is_too_much_waits_and_then_is_told_to_come_again()
    {
        await using BooksServer server = await BooksServer.StartAsync(options => options with { Limits = new() { Running = 1, Waiting = 2 } });
        using var ended = new CancellationTokenSource();
        Task<HttpResponseMessage>[] held = [.. Enumerable.Range(0, 3).Select(_ => Begin(server, ended.Token))];
        await WaitFor(server, health => (int)health["running"]! == 1 && (int)health["waiting"]! == 2);
        using HttpResponseMessage refused = await server.Client.PostAsJsonAsync(Path, new { prompt = "a" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        await ended.CancelAsync();
        await Task.WhenAll(held.Select(task => Assert.ThrowsAnyAsync<OperationCanceledException>(() => task)));
        await server.IdleAsync(Patience);
        await server.PostAsync(Path, new { prompt = "a", max_tokens = 1 });
    }

    /// <summary>Streaming or not, in the middle of an answer or while it waits: a client that leaves frees its place within a second.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_frees_its_place(bool stream)
    {
        await using BooksServer server = await BooksServer.StartAsync(options => options with { Limits = new() { Running = 1 } });
        for (int round = 0; round < 3; round++)
        {
            using TcpClient first = await Connect(server, Body(stream)), second = await Connect(server, Body(stream));
            await WaitFor(server, health => (int)health["running"]! == 1 && (int)health["waiting"]! == 1);
            second.Close();
            await WaitFor(server, health => (int)health["waiting"]! == 0, TimeSpan.FromSeconds(1));
            first.Close();
            Assert.InRange(await server.IdleAsync(Patience), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task A_client_that_takes_nothing_is_dropped_and_disturbs_nobody()
    {
        await using BooksServer server = await BooksServer.StartAsync(
            options => options with { WriteTimeout = TimeSpan.FromSeconds(0.5), Limits = new() { Running = 64 } });
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 1024 };
        await socket.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
        // So much at once that no buffer on the way takes it.
        string body = """{"prompt": "Once upon a time", "max_tokens": 250, "n": 128, "logprobs": 20, "stream": true, "temperature": 1}""";
        await socket.SendAsync(Encoding.ASCII.GetBytes(Request(body)), SocketFlags.None, TestContext.Current.CancellationToken);
        await WaitFor(server, health => (int)health["running"]! > 0);
        await server.PostAsync(Path, new { prompt = "a", max_tokens = 1 });
        await server.IdleAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Whoever says half of what he wants, or nothing, keeps nobody waiting, and his connection is closed.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("POST /v1/comple")]
    [InlineData("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Ty")]
    public async Task A_connection_that_is_half_open_is_closed(string half)
    {
        TimeSpan timeout = TimeSpan.FromSeconds(0.5);
        await using BooksServer server = await BooksServer.StartAsync(options => options with { HeadTimeout = timeout });
        var clock = Stopwatch.StartNew();
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(half), TestContext.Current.CancellationToken);
        await server.PostAsync(Path, new { prompt = "a", max_tokens = 1 });
        // Of one that has said nothing the time between two requests is waited for, which is longer: it costs nothing.
        if (half.Length == 0)
        {
            await Task.Delay(3 * timeout, TestContext.Current.CancellationToken);
            client.Close();
        }
        else
        {
            using var reader = new StreamReader(stream);
            string rest = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.InRange(clock.Elapsed, timeout, Patience);
            Assert.True(rest.Length == 0 || rest.StartsWith("HTTP/1.1 408 ", StringComparison.Ordinal), rest);
        }
        await server.PostAsync(Path, new { prompt = "a", max_tokens = 1 });
    }

    [Fact]
    public async Task What_takes_too_long_is_ended()
    {
        await using BooksServer server = await BooksServer.StartAsync(
            options => options with { MaxTime = TimeSpan.FromSeconds(0.3), Limits = new() { Running = 1 } });
        using TcpClient client = await Connect(server, """{"prompt": "a", "max_tokens": 250, "n": 64, "temperature": 1}""");
        using var reader = new StreamReader(client.GetStream());
        string? status = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.Contains("504", status);
        await server.IdleAsync(Patience);
    }

    [Fact]
    public async Task What_runs_comes_to_its_end_when_the_server_is_told_to_end()
    {
        await using BooksServer server = await BooksServer.StartAsync(options => options);
        Task<IReadOnlyList<JsonObject>> stream = server.StreamAsync(Path, new { prompt = "Once", max_tokens = 100, temperature = 0, stream = true });
        await WaitFor(server, health => (int)health["running"]! == 1);
        Task end = server.EndAsync();
        IReadOnlyList<JsonObject> events = await stream;
        Assert.NotNull(events[^1]["choices"]![0]!["finish_reason"]);
        await end;
        await Assert.ThrowsAsync<HttpRequestException>(() => server.GetAsync("/health"));
    }

    private static string Body(bool stream) =>
        $$"""{"prompt": "Once upon a time", "max_tokens": 250, "n": 128, "temperature": 1, "stream": {{(stream ? "true" : "false")}}}""";

    private static string Request(string body) =>
        $"POST {Path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static async Task<TcpClient> Connect(BooksServer server, string body)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Address.Port, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Request(body)), TestContext.Current.CancellationToken);
        return client;
    }

    private static async Task<HttpResponseMessage> Begin(BooksServer server, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(Body(false), Encoding.UTF8, "application/json") };
        return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private static async Task WaitFor(BooksServer server, Func<JsonObject, bool> reached, TimeSpan? patience = null)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            JsonObject health = await server.GetAsync("/health");
            if (reached(health))
            {
                return;
            }
            Assert.True(clock.Elapsed < (patience ?? Patience), health.ToJsonString());
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
