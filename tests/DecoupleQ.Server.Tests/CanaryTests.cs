using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Server.Canaries;
using DecoupleQ.Testing;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Tests;

/// <summary>Two models in one server, and who answers.</summary>
public sealed class CanaryTests : IDisposable
{
    private const string First = "books-8m", Header = "X-DecoupleQ-Model", Completions = "/v1/completions", Chat = "/v1/chat/completions";

    private readonly OtherModel _other = new();

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public void Dispose() => _other.Dispose();

    [Fact]
    public async Task Each_answers_as_it_does_alone_and_says_so()
    {
        await using BooksServer both = await StartAsync(0.5), first = await BooksServer.StartAsync(options => options),
            second = await BooksServer.StartAsync(options => options with { Model = _other.Path });
        JsonObject[] alone = [await first.PostAsync(Completions, Question("u")), await second.PostAsync(Completions, Question("u"))];
        Assert.NotEqual(Text(alone[0]), Text(alone[1]));
        // All at a time, so that both are at work at once.
        string[] users = [.. Enumerable.Range(0, 24).Select(i => $"user-{i}")];
        (string Model, JsonObject Answer)[] answers = await Task.WhenAll(users.Select(user => PostAsync(both, Completions, Question(user))));
        int[] which = [.. users.Select(user => new CanaryShare(0.5).Takes(user) ? 1 : 0)];
        Assert.Equal(2, which.Distinct().Count());
        foreach ((int i, (string model, JsonObject answer)) in answers.Index())
        {
            JsonObject expected = alone[which[i]];
            Assert.Equal((string?)expected["model"], model);
            foreach (string field in (string[])["model", "system_fingerprint", "choices"])
            {
                Assert.Equal(expected[field]!.ToJsonString(), answer[field]!.ToJsonString());
            }
        }
    }

    [Fact]
    public async Task The_canary_is_asked_by_its_name_whatever_its_share()
    {
        await using BooksServer server = await StartAsync(0);
        Assert.Equal([First, OtherModel.Name], (await server.GetAsync("/v1/models"))["data"]!.AsArray().Select(model => (string?)model!["id"]));
        Assert.Equal(OtherModel.Name, (string?)(await server.GetAsync($"/v1/models/{OtherModel.Name}"))["id"]);
        object[] messages = [new { role = "user", content = "Tell me a tale." }];
        foreach ((string? asked, string answers) in ((string?, string)[])[(null, First), (First, First), (OtherModel.Name, OtherModel.Name)])
        {
            foreach ((string path, object body) in ((string, object)[])
            [
                (Completions, new { model = asked, prompt = "Once", max_tokens = 2 }), (Chat, new { model = asked, messages, max_tokens = 2 }),
                ("/v1/responses", new { model = asked, input = "Once", max_output_tokens = 2 }),
            ])
            {
                (string model, JsonObject answer) = await PostAsync(server, path, body);
                Assert.Equal((answers, answers), (model, (string?)answer["model"]));
            }
            IReadOnlyList<JsonObject> events = await server.StreamAsync(Chat, new { model = asked, messages, max_tokens = 2, stream = true });
            Assert.All(events, item => Assert.Equal(answers, (string?)item["model"]));
        }
        JsonObject error = await server.PostAsync(Completions, new { model = "gpt-4", prompt = "a" }, HttpStatusCode.NotFound);
        Assert.Contains($"'{First}' or '{OtherModel.Name}'", (string?)error["error"]!["message"]);
    }

    [Fact]
    public async Task A_response_names_the_model_also_where_it_is_refused_and_to_pages_of_other_origins()
    {
        await using BooksServer alone = await BooksServer.StartAsync(options => options with { CorsOrigins = ["https://app.example.com"], Name = "a tale" });
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions) { Content = JsonContent.Create(new { prompt = "a", max_tokens = -1 }) };
        request.Headers.Add("Origin", "https://app.example.com");
        using HttpResponseMessage refused = await alone.Client.SendAsync(request, Ended);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("a%20tale", Assert.Single(refused.Headers.GetValues(Header)));
        Assert.Equal(Header, Assert.Single(refused.Headers.GetValues("Access-Control-Expose-Headers")));
        using HttpResponseMessage none = await alone.Client.PostAsJsonAsync(Completions, new { model = "gpt-4", prompt = "a" }, Ended);
        Assert.False(none.Headers.Contains(Header));
    }

    [Fact]
    public async Task Each_refuses_by_itself_and_has_half_of_the_memory_and_a_queue_of_its_own()
    {
        // The half is enough for one page of 64 tokens, and not for three.
        await using BooksServer server = await StartAsync(
            0, options => options with { Loading = options.Loading with { KeyValueLimit = 1 << 20 }, Limits = new() { Running = 1, Waiting = 0 } });
        foreach (string model in (string[])[First, OtherModel.Name])
        {
            JsonObject error = await server.PostAsync(Completions, new { model, prompt = "Once", max_tokens = 150 }, HttpStatusCode.BadRequest);
            Assert.Contains($"there are {1 << 19} for all of them", (string?)error["error"]!["message"]);
        }
        using var left = new CancellationTokenSource();
        Task<HttpResponseMessage> held = server.Client.PostAsJsonAsync(
            Completions, new { model = First, prompt = "Once", n = 128, max_tokens = 50, temperature = 1 }, left.Token);
        while ((int)(await server.GetAsync("/health"))["running"]! == 0)
        {
            Assert.False(held.IsCompleted);
            await Task.Delay(1, Ended);
        }
        await server.PostAsync(Completions, new { model = First, prompt = "Once", max_tokens = 1 }, HttpStatusCode.TooManyRequests);
        await server.PostAsync(Completions, new { model = OtherModel.Name, prompt = "Once", max_tokens = 1 });
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        await server.IdleAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_canary_that_falls_back_is_asked_no_more_and_that_is_told()
    {
        // Servers of one process are told apart by their models.
        const string Name = "canary-that-falls-back", Sentence = "7 of its last 9 requests failed.";
        var lines = new LogLines();
        await using BooksServer server = await StartAsync(
            1, options => options with { Canary = options.Canary! with { Name = Name } }, logging => logging.AddProvider(lines));
        JsonObject health = await server.GetAsync("/health");
        JsonNode canary = health["canary"]!;
        Assert.Equal(("ok", null, Name, 1), ((string)health["status"]!, (string?)health["reason"], (string)canary["model"]!, (double)canary["share"]!));
        Assert.Equal(Name, (await PostAsync(server, Completions, Question("secret-user"))).Model);
        Assert.Equal(1, await ShareAsync());

        Assert.True(server.Models.Canary!.Share.FallBack(new FailuresReason(7, 9)));
        Assert.False(server.Models.Canary!.Share.FallBack(new StartedReason()));
        Assert.Equal(First, (await PostAsync(server, Completions, Question("secret-user"))).Model);
        Assert.Equal(Name, (await PostAsync(server, Completions, new { model = Name, prompt = "Once", max_tokens = 1 })).Model);
        health = await server.GetAsync("/health");
        Assert.Equal(("degraded", 0), ((string)health["status"]!, (double)health["canary"]!["share"]!));
        Assert.Equal($"The canary '{Name}' answers no more: {Sentence}", (string?)health["reason"]);
        JsonObject page = await server.GetAsync("/page/status");
        Assert.Equal(("degraded", Sentence), ((string)page["status"]!, (string?)page["canary"]!["reason"]));
        Assert.Equal("degraded", (string?)(await server.GetAsync("/ready"))["status"]);
        // What was measured is told again for a moment.
        for (int tries = 0; await ShareAsync() != 0; tries++)
        {
            Assert.True(tries < 100);
            await Task.Delay(50, Ended);
        }
        string warning = Assert.Single(lines.All, line => line.Contains(Sentence, StringComparison.Ordinal));
        Assert.Equal($"Warning The canary '{Name}' answers no more: {Sentence}", warning);
        Assert.Contains(lines.All, line => line.Contains($"POST {Completions} 200 model={Name} ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines.All, line => line.Contains("secret-user", StringComparison.Ordinal));

        async Task<double> ShareAsync() => Metrics.Sum(await server.Client.GetStringAsync("/metrics", Ended), "decoupleq_canary_share", Name);
    }

    [Fact]
    public async Task A_canary_that_fails_falls_back_by_itself()
    {
        const string Name = "canary-that-fails";
        var lines = new LogLines();
        await using BooksServer server = await StartAsync(
            0.5, options => options with { Canary = options.Canary! with { Name = Name } }, logging => logging.AddProvider(lines));
        _other.Break();
        int failed = 0, served = 0;
        for (int i = 0; i < 200; i++)
        {
            using HttpResponseMessage response = await server.Client.PostAsJsonAsync(Completions, Question($"user-{i}", tokens: 1), Ended);
            bool isCanary = Assert.Single(response.Headers.GetValues(Header)) == Name;
            Assert.Equal(isCanary ? HttpStatusCode.InternalServerError : HttpStatusCode.OK, response.StatusCode);
            Assert.False(isCanary && served > 40, "It should have fallen back.");
            (failed, served) = isCanary ? (failed + 1, served) : (failed, served + 1);
        }
        Assert.InRange(failed, 4, 30);
        JsonObject health = await server.GetAsync("/health");
        Assert.Equal("degraded", (string?)health["status"]);
        Assert.Contains($"{failed} of its last {failed} requests failed, and 0 of ", (string?)health["reason"]);
        // Whoever watches over the server is told why; who asked is not.
        Assert.Contains(lines.All, line => line.StartsWith($"Error The model '{Name}' failed: ", StringComparison.Ordinal)
            && line.Contains("written to while it was in use", StringComparison.Ordinal));
        JsonObject error = await server.PostAsync(Completions, new { model = Name, prompt = "Once" }, HttpStatusCode.InternalServerError);
        Assert.Equal(("model_failed", null), ((string?)error["error"]!["code"], (string?)error["error"]!["param"]));
        string text = await server.Client.GetStringAsync("/metrics", Ended);
        Assert.Equal(failed + 1, Metrics.Sum(text, "decoupleq_requests_total", Name, "http_response_status_code=\"500\""));
        Assert.Equal(0, Metrics.Sum(text, "decoupleq_requests_running", Name));
        Assert.Equal(0, Metrics.Sum(text, "decoupleq_completion_tokens_total", Name));
    }

    [Fact]
    public async Task A_stream_that_a_model_breaks_off_has_failed_though_its_status_is_200()
    {
        var lines = new LogLines();
        await using BooksServer server = await StartAsync(0, options => options, logging => logging.AddProvider(lines));
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions)
        {
            // So much that it is not done before the files change.
            Content = JsonContent.Create(new { model = OtherModel.Name, prompt = "Once", n = 128, max_tokens = 200, temperature = 1, stream = true }),
        };
        using HttpResponseMessage response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ended);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ended));
        Assert.StartsWith("data: {\"id\":", await reader.ReadLineAsync(Ended), StringComparison.Ordinal);
        _other.Break();
        string rest = await reader.ReadToEndAsync(Ended);
        Assert.Contains("\"code\":\"model_failed\"", rest);
        await server.IdleAsync(TimeSpan.FromSeconds(10));
        Assert.Contains(lines.All, line => line.Contains($"POST {Completions} 200 model={OtherModel.Name} ", StringComparison.Ordinal));
        Assert.Contains(lines.All, line => line.StartsWith($"Error The model '{OtherModel.Name}' failed: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_that_cannot_stand_in_for_each_other_are_refused()
    {
        string link = Path.Combine(Path.GetDirectoryName(_other.Path)!, "link");
        Directory.CreateSymbolicLink(link, Paths.Model);
        using OtherModel chats = new(folder => File.Copy(BooksServer.Options.ChatTemplate!, Path.Combine(folder, "chat_template.jinja")));
        using OtherModel embeds = new(folder =>
        {
            Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
            File.WriteAllText(Path.Combine(folder, "1_Pooling", "config.json"), """{"pooling_mode_mean_tokens": true}""");
        });
        (string Field, Func<ServerOptions, ServerOptions> Change)[] changes =
        [
            ("canary", options => options with { Canary = options.Canary! with { Model = Paths.Model } }),
            ("canary", options => options with { Canary = options.Canary! with { Model = link } }),
            ("canary", options => options with { Canary = options.Canary! with { Model = chats.Path }, ChatTemplate = null }),
            ("canary", options => options with { Canary = options.Canary! with { Model = embeds.Path } }),
            ("canary-name", options => options with { Canary = options.Canary! with { Name = First } }),
            ("canary-name", options => options with { Name = OtherModel.Name }),
            ("canary-name", options => options with { Canary = options.Canary! with { Name = " " } }),
            ("name", options => options with { Name = "" }),
            ("share", options => options with { Canary = options.Canary! with { Share = 1.01 } }),
            ("share", options => options with { Canary = options.Canary! with { Share = double.NaN } }),
        ];
        foreach ((string field, Func<ServerOptions, ServerOptions> change) in changes)
        {
            DecoupleQException error = await Assert.ThrowsAsync<DecoupleQException>(() => StartAsync(0.5, change));
            Assert.Equal(field, error.Field);
            Assert.NotNull(error.Expected);
        }
        await using BooksServer same = await StartAsync(0.5, options => options with { Canary = options.Canary! with { Model = chats.Path } });
    }

    [Fact]
    public async Task What_two_models_differ_in_is_warned_of()
    {
        using OtherModel shorter = new(folder =>
        {
            string file = Path.Combine(folder, "config.json");
            string config = File.ReadAllText(file);
            File.WriteAllText(file, config.Replace("\"max_position_embeddings\": 256", "\"max_position_embeddings\": 128", StringComparison.Ordinal));
        });
        await using BooksServer one = await StartAsync(0, options => options with { Canary = options.Canary! with { Model = shorter.Path } });
        Assert.Contains("context is 128 tokens, that of 'books-8m' 256", Assert.Single(one.CanaryWarnings));
        using OtherModel spelled = new(folder =>
        {
            string file = Path.Combine(folder, "tokenizer.model");
            byte[] vocabulary = File.ReadAllBytes(file);
            "lettle"u8.CopyTo(vocabulary.AsSpan(vocabulary.AsSpan().IndexOf("little"u8)));
            File.WriteAllBytes(file, vocabulary);
        });
        await using BooksServer other = await StartAsync(0, options => options with { Canary = options.Canary! with { Model = spelled.Path } });
        Assert.Contains("prompts of ids, and logit_bias", Assert.Single(other.CanaryWarnings));
        await using BooksServer same = await StartAsync(0);
        Assert.Empty(same.CanaryWarnings);
    }

    private static object Question(string user, int tokens = 12) => new { prompt = "Once upon a time", max_tokens = tokens, temperature = 0, user };

    private static string? Text(JsonObject answer) => (string?)answer["choices"]![0]!["text"];

    private static async Task<(string Model, JsonObject Answer)> PostAsync(BooksServer server, string path, object body)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync(path, body, Ended);
        string text = await response.Content.ReadAsStringAsync(Ended);
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return (Assert.Single(response.Headers.GetValues(Header)), Assert.IsType<JsonObject>(JsonNode.Parse(text)));
    }

    private Task<BooksServer> StartAsync(
        double share, Func<ServerOptions, ServerOptions>? change = null, Action<ILoggingBuilder>? logging = null) => BooksServer.StartAsync(
            options =>
            {
                ServerOptions both = options with { Canary = new CanaryOptions { Model = _other.Path, Share = share } };
                return change?.Invoke(both) ?? both;
            },
            logging);
}
