using System.Net;
using DecoupleQ.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Tests;

public sealed class MetricsTests
{
    // Servers of one process are told apart by their models.
    private const string Name = "books-that-are-counted";

    [Fact]
    public async Task What_was_served_is_counted()
    {
        await using BooksServer server = await BooksServer.StartAsync(options => options with { Name = Name });
        await server.PostAsync("/v1/completions", new { prompt = "Once upon a time", max_tokens = 5, temperature = 0 });
        await server.PostAsync("/v1/completions", new { prompt = "Once upon a time", n = 2, max_tokens = 5 });
        await server.PostAsync("/v1/completions", new { }, HttpStatusCode.BadRequest);
        string text = await server.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        Assert.Equal(15, Metrics.Sum(text, "decoupleq_completion_tokens_total", Name));
        Assert.Equal(10, Metrics.Sum(text, "decoupleq_prompt_tokens_total", Name));
        Assert.Equal(2, Metrics.Sum(text, "decoupleq_requests_total", Name, "http_response_status_code=\"200\""));
        Assert.Equal(1, Metrics.Sum(text, "decoupleq_requests_total", Name, "http_response_status_code=\"400\""));
        Assert.Equal(3, Metrics.Sum(text, "gen_ai_server_request_duration_seconds_count", Name));
        Assert.Equal(2, Metrics.Sum(text, "gen_ai_server_time_to_first_token_seconds_count", Name));
        Assert.Equal(0, Metrics.Sum(text, "decoupleq_requests_running", Name));
        Assert.True(Metrics.Sum(text, "decoupleq_memory_bytes", Name) > 0);
    }

    /// <summary>Whoever asks for nothing that there is, asks no model.</summary>
    [Fact]
    public async Task What_comes_to_no_model_is_counted_without_one()
    {
        const string Asked = "books-that-nobody-asks";
        var lines = new LogLines();
        await using BooksServer server = await BooksServer.StartAsync(options => options with { Name = Asked }, logging => logging.AddProvider(lines));
        await server.PostAsync("/v1/completions", new { model = "gpt-4", prompt = "a" }, HttpStatusCode.NotFound);
        await server.PostTextAsync("/v1/completions", "{", HttpStatusCode.BadRequest);
        await server.GetAsync($"/v1/models/{Asked}");
        await server.GetAsync("/v1/models/gpt-4", HttpStatusCode.NotFound);
        await server.GetAsync("/nothing/{x}", HttpStatusCode.NotFound);
        // What was measured is told again for a moment.
        await Task.Delay(400, TestContext.Current.CancellationToken);
        string[] counted =
        [
            .. (await server.Client.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).Split('\n')
                .Where(line => line.StartsWith("decoupleq_requests_total", StringComparison.Ordinal)),
        ];
        Assert.DoesNotContain(counted, line => line.Contains(Asked, StringComparison.Ordinal));
        foreach (string route in (string[])["/v1/completions", "/v1/models/NAME", "other"])
        {
            Assert.Contains(counted, line => line.Contains($"http_route=\"{route}\"", StringComparison.Ordinal)
                && line.Contains("status_code=\"404\"", StringComparison.Ordinal) && !line.Contains("gen_ai_response_model", StringComparison.Ordinal));
        }
        Assert.Contains(lines.All, line => line.Contains("GET /v1/models/NAME 200 model=-", StringComparison.Ordinal));
        Assert.Contains(lines.All, line => line.Contains("GET other 404 model=-", StringComparison.Ordinal));
        Assert.DoesNotContain(lines.All, line => line.Contains(" model=", StringComparison.Ordinal) && line.Contains('{', StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_metrics_need_the_key_unless_they_are_open()
    {
        await using BooksServer closed = await BooksServer.StartAsync(options => options with { ApiKeys = ["key"] });
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(closed));
        await using BooksServer open = await BooksServer.StartAsync(options => options with { ApiKeys = ["key"], OpenMonitoring = true });
        Assert.Equal(HttpStatusCode.OK, await Status(open));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_said_is_logged_only_if_it_is_to_be(bool content)
    {
        var lines = new LogLines();
        await using (InferenceServer server = await InferenceServer.StartAsync(
            BooksServer.Options with { LogContent = content }, logging => logging.AddProvider(lines), TestContext.Current.CancellationToken))
        {
            using var client = new HttpClient { BaseAddress = new Uri(server.Addresses[0]) };
            using var body = new StringContent("""{"prompt": "Sesame", "max_tokens": 4}""", null, "application/json");
            await client.PostAsync("/v1/completions", body, TestContext.Current.CancellationToken);
        }
        Assert.Contains(lines.All, line => line.Contains("POST /v1/completions 200 ", StringComparison.Ordinal)
            && line.Contains("written=4", StringComparison.Ordinal));
        Assert.Equal(content, lines.All.Any(line => line.Contains("Sesame", StringComparison.Ordinal)));
    }

    private static async Task<HttpStatusCode> Status(BooksServer server)
    {
        using HttpResponseMessage response = await server.Client.GetAsync("/metrics", TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
