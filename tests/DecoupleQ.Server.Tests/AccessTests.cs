using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace DecoupleQ.Server.Tests;

public sealed class AccessTests
{
    [Fact]
    public async Task A_key_is_asked_for_where_there_is_one()
    {
        await using BooksServer server = await BooksServer.StartAsync(options => options with { ApiKeys = ["first", "second"] });
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(server, "/v1/models"));
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(server, "/v1/models", r => Bearer(r, "third")));
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(server, "/v1/models", r => Bearer(r, "")));
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(server, "/v1/models", r => r.Headers.TryAddWithoutValidation("Authorization", "first")));
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(server, "/nothing"));
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/v1/models", r => Bearer(r, "first")));
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/v1/models", r => Bearer(r, "second")));
        Assert.Equal(HttpStatusCode.OK, await Status(
            server, "/v1/models",
            r => r.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("me:first")))));
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(
            server, "/v1/models", r => r.Headers.Authorization = new AuthenticationHeaderValue("Basic", "!")));
        // Whoever watches over it.
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/health"));
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/ready"));
        // The key is what keeps others out, whatever they call the server.
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/v1/models", r =>
        {
            Bearer(r, "first");
            r.Headers.Host = "models.example.com";
        }));
    }

    [Theory]
    [InlineData("https://app.example.com", HttpStatusCode.NoContent)]
    [InlineData("https://evil.example.com", HttpStatusCode.Forbidden)]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    public async Task A_browser_that_asks_beforehand_needs_no_key_and_its_page_does(string? origin, HttpStatusCode expected)
    {
        await using BooksServer server = await BooksServer.StartAsync(
            options => options with { CorsOrigins = ["https://app.example.com"], ApiKeys = ["first"] });
        using var asked = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        asked.Headers.Add("Access-Control-Request-Method", "POST");
        asked.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        if (origin is not null)
        {
            asked.Headers.Add("Origin", origin);
        }
        using HttpResponseMessage answered = await server.Client.SendAsync(asked, TestContext.Current.CancellationToken);
        Assert.Equal(expected, answered.StatusCode);
        if (expected == HttpStatusCode.NoContent)
        {
            Assert.Equal(origin, Assert.Single(answered.Headers.GetValues("Access-Control-Allow-Origin")));
            Assert.Equal(HttpStatusCode.Unauthorized, await Status(server, "/v1/models", r => r.Headers.Add("Origin", origin)));
        }
    }

    [Fact]
    public async Task A_page_of_another_origin_is_refused()
    {
        await using BooksServer server = await BooksServer.StartAsync(
            options => options with { CorsOrigins = ["https://app.example.com"], AllowedHosts = ["models.example.com"] });
        Assert.Equal(HttpStatusCode.Forbidden, await Status(server, "/v1/models", r => r.Headers.Add("Origin", "https://evil.example.com")));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(server, "/v1/models", r => r.Headers.Add("Origin", "null")));
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/v1/models", r => r.Headers.Add("Origin", "https://app.example.com")));
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/v1/models", r => r.Headers.Add("Origin", server.Address.GetLeftPart(UriPartial.Authority))));

        // A name that somebody had point to this machine.
        Assert.Equal(HttpStatusCode.MisdirectedRequest, await Status(server, "/v1/models", r => r.Headers.Host = "rebound.example.com"));
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/v1/models", r => r.Headers.Host = "models.example.com:8080"));
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/v1/models", r => r.Headers.Host = "localhost"));

        using var asked = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        asked.Headers.Add("Origin", "https://app.example.com");
        asked.Headers.Add("Access-Control-Request-Method", "POST");
        asked.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");
        using HttpResponseMessage answered = await server.Client.SendAsync(asked, TestContext.Current.CancellationToken);
        Assert.Equal("https://app.example.com", Assert.Single(answered.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task Beyond_this_machine_a_key_is_needed()
    {
        DecoupleQException error = await Assert.ThrowsAsync<DecoupleQException>(
            () => BooksServer.StartAsync(options => options with { Address = IPAddress.Any }));
        Assert.Equal("host", error.Field);
        await using BooksServer open = await BooksServer.StartAsync(options => options with { Address = IPAddress.Any, NoAuthentication = true });
        await using BooksServer closed = await BooksServer.StartAsync(options => options with { Address = IPAddress.Any, ApiKeys = ["key"] });
    }

    [Fact]
    public async Task Settings_that_cannot_be_are_refused()
    {
        Func<ServerOptions, ServerOptions>[] changes =
        [
            options => options with { Port = 70_000 }, options => options with { MaxTokens = 0 }, options => options with { MaxTime = TimeSpan.Zero },
            options => options with { ApiKeys = [" "] }, options => options with { CorsOrigins = ["app.example.com"] },
            options => options with { CorsOrigins = ["https://app.example.com/path"] }, options => options with { Certificate = "nothing.pem" },
            options => options with { Limits = new() { Running = 0 } }, options => options with { Model = "nothing" },
        ];
        foreach (Func<ServerOptions, ServerOptions> change in changes)
        {
            await Assert.ThrowsAsync<DecoupleQException>(() => BooksServer.StartAsync(change));
        }
    }

    [Fact]
    public async Task Settings_that_would_do_nothing_are_refused_by_name()
    {
        (string Field, Func<ServerOptions, ServerOptions> Change)[] changes =
        [
            ("certificate-key", options => options with { CertificateKey = "key.pem" }),
            ("open-monitoring", options => options with { OpenMonitoring = true }),
            ("no-auth", options => options with { NoAuthentication = true, ApiKeys = ["key"] }),
        ];
        foreach ((string field, Func<ServerOptions, ServerOptions> change) in changes)
        {
            DecoupleQException error = await Assert.ThrowsAsync<DecoupleQException>(() => BooksServer.StartAsync(change));
            Assert.Equal(field, error.Field);
        }
    }

    private static void Bearer(HttpRequestMessage request, string key) => request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");

    private static async Task<HttpStatusCode> Status(BooksServer server, string path, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        change?.Invoke(request);
        using HttpResponseMessage response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
