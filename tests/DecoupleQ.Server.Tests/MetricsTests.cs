using System.Globalization;
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
        Assert.Equal(15, Sum(text, "decoupleq_completion_tokens_total"));
        Assert.Equal(10, Sum(text, "decoupleq_prompt_tokens_total"));
        Assert.Equal(2, Sum(text, "decoupleq_requests_total", "http_response_status_code=\"200\""));
        Assert.Equal(1, Sum(text, "decoupleq_requests_total", "http_response_status_code=\"400\""));
        Assert.Equal(3, Sum(text, "gen_ai_server_request_duration_seconds_count"));
        Assert.Equal(2, Sum(text, "gen_ai_server_time_to_first_token_seconds_count"));
        Assert.Equal(0, Sum(text, "decoupleq_requests_running"));
        Assert.True(Sum(text, "decoupleq_memory_bytes") > 0);
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

    private static double Sum(string text, string name, string tag = "") => text.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is ('{' or ' ') && line.Contains(tag, StringComparison.Ordinal)
            && line.Contains(Name, StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture));

    private sealed class LogLines : ILoggerProvider, ILogger
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> All
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add(formatter(state, exception));
            }
        }
    }
}
