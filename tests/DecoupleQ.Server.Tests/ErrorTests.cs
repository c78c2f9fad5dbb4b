using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Server.Protocol;

namespace DecoupleQ.Server.Tests;

public sealed class ErrorTests(BooksServer server) : IClassFixture<BooksServer>
{
    private const string Completions = "/v1/completions", Chat = "/v1/chat/completions";

    [Theory]
    [InlineData("""{"prompt": "a", "surprise": 1}""", "surprise", "unknown_parameter")]
    [InlineData("""{}""", "prompt", "missing_required_parameter")]
    [InlineData("""{"prompt": 5}""", "prompt", "invalid_type")]
    [InlineData("""{"prompt": []}""", "prompt", "invalid_type")]
    [InlineData("""{"prompt": [1, "a"]}""", "prompt", "invalid_type")]
    [InlineData("""{"prompt": [4096]}""", "prompt", "invalid_value")]
    [InlineData("""{"prompt": "a", "max_tokens": -1}""", "max_tokens", "invalid_value")]
    [InlineData("""{"prompt": "a", "max_tokens": 1.5}""", "max_tokens", "invalid_value")]
    [InlineData("""{"prompt": "a", "max_tokens": 0}""", "max_tokens", "invalid_value")]
    [InlineData("""{"prompt": "a", "temperature": "hot"}""", "temperature", "invalid_type")]
    [InlineData("""{"prompt": "a", "temperature": 2.1}""", "temperature", "invalid_value")]
    [InlineData("""{"prompt": "a", "top_p": -0.1}""", "top_p", "invalid_value")]
    [InlineData("""{"prompt": "a", "logit_bias": {"x": 1}}""", "logit_bias", "invalid_value")]
    [InlineData("""{"prompt": "a", "logit_bias": {"99999": 1}}""", "logit_bias", "invalid_value")]
    [InlineData("""{"prompt": "a", "stop": [""]}""", "stop", "invalid_value")]
    [InlineData("""{"prompt": "a", "stop": 4}""", "stop", "invalid_type")]
    [InlineData("""{"prompt": "a", "n": 0}""", "n", "invalid_value")]
    [InlineData("""{"prompt": "a", "best_of": 4}""", "best_of", "unsupported_parameter")]
    [InlineData("""{"prompt": "a", "suffix": "b"}""", "suffix", "unsupported_parameter")]
    [InlineData("""{"prompt": "a", "logprobs": 21}""", "logprobs", "invalid_value")]
    [InlineData("""{"prompt": "a", "stream_options": {"include_usage": true}}""", "stream_options", "invalid_value")]
    [InlineData("""{"prompt": "a", "stream": true, "stream_options": {"x": true}}""", "stream_options.x", "unknown_parameter")]
    [InlineData("""{"prompt": "a", "seed": 1e30}""", "seed", "invalid_value")]
    public async Task A_wrong_field_is_named(string body, string field, string code) => await Refused(Completions, body, field, code);

    [Theory]
    [InlineData("""{"messages": []}""", "messages", "invalid_value")]
    [InlineData("""{"messages": "Hi"}""", "messages", "invalid_type")]
    [InlineData("""{"messages": [{"content": "Hi"}]}""", "messages[0].role", "missing_required_parameter")]
    [InlineData("""{"messages": [{"role": "judge", "content": "Hi"}]}""", "messages[0].role", "invalid_value")]
    [InlineData("""{"messages": [{"role": "user"}]}""", "messages[0].content", "missing_required_parameter")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi", "colour": 1}]}""", "messages[0].colour", "unknown_parameter")]
    [InlineData(
        """{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}]}""", "messages[0].content[0].type",
        "invalid_value")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}], "top_logprobs": 2}""", "top_logprobs", "invalid_value")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}], "store": true}""", "store", "unsupported_parameter")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}], "audio": {}}""", "audio", "unsupported_parameter")]
    [InlineData(
        """{"messages": [{"role": "user", "content": "Hi"}], "chat_template_kwargs": {"enable_thinking": false}}""", "chat_template_kwargs.enable_thinking",
        "unsupported_parameter")]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}], "functions": []}""", "functions", "unsupported_parameter")]
    public async Task A_wrong_field_of_a_conversation_is_named(string body, string field, string code) => await Refused(Chat, body, field, code);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""{"prompt": "a", "prompt": "b"}""")]
    [InlineData("""{"prompt": "\ud800"}""")]
    [InlineData("""{"prompt": "a", "temperature": 1e999}""")]
    public async Task What_is_no_json_object_is_refused(string body) => await server.PostTextAsync(Completions, body, HttpStatusCode.BadRequest);

    [Fact]
    public async Task Deep_json_is_refused() => await server.PostTextAsync(
        Completions, "{\"prompt\":" + new string('[', 100_000), HttpStatusCode.BadRequest);

    [Fact]
    public async Task Harmless_fields_are_accepted() => await server.PostTextAsync(
        Completions,
        """
        {"prompt": "a", "max_tokens": 1, "user": "u", "metadata": {"a": "b"}, "service_tier": "auto", "safety_identifier": "s", "prompt_cache_key": "k",
         "temperature": null}
        """,
        HttpStatusCode.OK);

    [Fact]
    public async Task Another_model_is_not_found()
    {
        JsonObject error = await server.PostTextAsync(Completions, """{"model": "gpt-4", "prompt": "a"}""", HttpStatusCode.NotFound);
        Assert.Equal(("model_not_found", "invalid_request_error"), ((string?)error["error"]!["code"], (string?)error["error"]!["type"]));
        Assert.Contains("books-8m", (string?)error["error"]!["message"]);
        await server.GetAsync("/v1/models/gpt-4", HttpStatusCode.NotFound);
        Assert.Equal("books-8m", (string?)(await server.GetAsync("/v1/models/books-8m"))["id"]);
        await server.GetAsync("/v1/nothing", HttpStatusCode.NotFound);
        Assert.Equal("unknown_url", (string?)(await server.GetAsync("/etc/passwd", HttpStatusCode.NotFound))["error"]!["code"]);
    }

    /// <summary>As the official clients' documentation has it: whatever is wrong with a request, one type, told apart by status and code.</summary>
    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(401, "invalid_request_error")]
    [InlineData(403, "permission_error")]
    [InlineData(404, "invalid_request_error")]
    [InlineData(413, "invalid_request_error")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(500, "server_error")]
    [InlineData(503, "server_error")]
    public void A_status_has_the_type_of_the_published_api(int status, string type) => Assert.Equal(type, new ApiException(status, "m").Type);

    /// <summary>By whatever name the library knows a field.</summary>
    [Theory]
    [InlineData("max-tokens", "max_tokens")]
    [InlineData("MaxTokens", "max_tokens")]
    [InlineData("logit_bias", "logit_bias")]
    [InlineData("prompt", "prompt")]
    public void A_field_of_the_library_is_named_as_requests_name_it(string field, string param)
    {
        ApiException told = ErrorTranslation.Of(new DecoupleQException("The value is 5.", field: field, expected: "less"))!;
        Assert.Equal((param, $"{param}: The value is 5 (expected: less)"), (told.Param, told.Message));
    }

    [Theory]
    [InlineData("""{"type": "grammar", "grammar": "root ::= ("}""", "response_format.grammar")]
    [InlineData("""{"type": "grammar", "grammar": ""}""", "response_format.grammar")]
    [InlineData("""{"type": "regex", "pattern": "("}""", "response_format.pattern")]
    [InlineData("""{"type": "json_schema", "json_schema": {"name": "a", "schema": {"not": {}}}}""", "response_format.json_schema.schema")]
    [InlineData("""{"type": "json_schema", "json_schema": {"name": "a", "schema": 5}}""", "response_format.json_schema.schema")]
    public async Task A_format_that_cannot_be_is_named_once(string format, string field)
    {
        JsonNode error = (await server.PostTextAsync(
            Chat, $$"""{"messages": [{"role": "user", "content": "Hi"}], "response_format": {{format}}}""", HttpStatusCode.BadRequest))["error"]!;
        string message = (string)error["message"]!;
        Assert.Equal(field, (string?)error["param"]);
        Assert.StartsWith(field + ": ", message, StringComparison.Ordinal);
        string last = field.Split('.')[^1];
        Assert.DoesNotMatch($@"^\S+: (--)?{last}: ", message);
        Assert.DoesNotContain(". (", message, StringComparison.Ordinal);
    }

    /// <summary>What a request asks for at most is what the model's context holds, all of it told.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(250)]
    [InlineData(255)]
    public async Task A_text_that_fills_the_context_has_no_more_tokens_than_it(int length)
    {
        int[] prompt = [.. Enumerable.Repeat(300, length)];
        // Nothing ends it before.
        JsonObject answer = await server.PostAsync(
            Completions,
            new { prompt, max_tokens = 1000, temperature = 0, logit_bias = new Dictionary<string, int> { ["1"] = -100, ["2"] = -100 } });
        Assert.Equal((256, length), ((int)answer["usage"]!["total_tokens"]!, (int)answer["usage"]!["prompt_tokens"]!));
        Assert.Equal("length", (string?)answer["choices"]![0]!["finish_reason"]);
        JsonObject error = await server.PostAsync(Completions, new { prompt = Enumerable.Repeat(300, 256), max_tokens = 1 }, HttpStatusCode.BadRequest);
        Assert.Contains("256", (string?)error["error"]!["message"]);
    }

    [Fact]
    public async Task A_prompt_beyond_the_context_is_refused()
    {
        string prompt = string.Concat(Enumerable.Repeat("once upon a time ", 200));
        JsonObject error = await server.PostAsync(Completions, new { prompt, max_tokens = 1 }, HttpStatusCode.BadRequest);
        Assert.Equal("prompt", (string?)error["error"]!["param"]);
        Assert.Contains("256", (string?)error["error"]!["message"]);
        await server.PostAsync(Completions, new { prompt, max_tokens = 0, echo = true, logprobs = 1 }, HttpStatusCode.BadRequest);
        await server.PostAsync(Chat, new { messages = (object[])[new { role = "user", content = prompt }] }, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Embeddings_are_for_models_of_embeddings() => await server.PostAsync("/v1/embeddings", new { input = "a" }, HttpStatusCode.BadRequest);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData(null)]
    public async Task Only_json_is_read(string? type)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"prompt": "a"}"""));
        content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
        using HttpResponseMessage response = await server.Client.PostAsync(Completions, content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_is_refused_unread()
    {
        using var content = new StreamContent(new EndlessStream(1L << 30));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentLength = 1L << 30;
        try
        {
            using HttpResponseMessage response = await server.Client.PostAsync(Completions, content, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        }
        catch (HttpRequestException)
        {
            // The connection was closed while it was still being written to.
        }
        await server.GetAsync("/health");
    }

    private async Task Refused(string path, string body, string field, string code)
    {
        JsonNode error = (await server.PostTextAsync(path, body, HttpStatusCode.BadRequest))["error"]!;
        Assert.Equal((field, code, "invalid_request_error"), ((string?)error["param"], (string?)error["code"], (string?)error["type"]));
        Assert.Contains(field, (string?)error["message"]);
    }

    private sealed class EndlessStream(long length) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, _left);
            buffer.AsSpan(offset, read).Fill((byte)' ');
            _left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
