using System.ClientModel;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using DecoupleQ.Models;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Embeddings;

namespace DecoupleQ.Server.Tests;

/// <summary>Vectors of texts, by the server's own fields and by each official client, beside those of the library.</summary>
public sealed class EmbeddingsTests(EmbeddingServer embeddings) : IClassFixture<EmbeddingServer>
{
    private const string Path = "/v1/embeddings";

    // A character of several tokens, a text of one, and one that is longer than a page of keys and values.
    private static readonly string[] Texts =
    [
        "The captain looked at the sea.", "a", "A fox \U0001F98A ran.", string.Concat(Enumerable.Repeat("There was nobody in the house. ", 12)),
    ];

    private BooksServer Server => embeddings.Server;

    private OpenAIClient Client => new(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(Server.Address, "/v1") });

    [Fact]
    public async Task Vectors_are_those_of_the_library_as_numbers_and_in_base64()
    {
        (float[][] expected, int tokens) = Expected();
        JsonObject numbers = await Server.PostAsync(Path, new { model = EmbeddingServer.Name, input = Texts, encoding_format = "float" });
        JsonObject bytes = await Server.PostAsync(Path, new { input = Texts, encoding_format = "base64", dimensions = expected[0].Length, user = "u" });
        for (int i = 0; i < Texts.Length; i++)
        {
            Assert.Equal(i, (int)numbers["data"]![i]!["index"]!);
            Assert.Equal("embedding", (string?)numbers["data"]![i]!["object"]);
            Assert.Equal(expected[i], numbers["data"]![i]!["embedding"]!.AsArray().Select(number => (float)number!));
            Assert.Equal(expected[i], OfBase64(bytes["data"]![i]!));
        }
        Assert.Equal((tokens, tokens), ((int)numbers["usage"]!["prompt_tokens"]!, (int)numbers["usage"]!["total_tokens"]!));
        Assert.Equal("list", (string?)numbers["object"]);
        Assert.Equal(EmbeddingServer.Name, (string?)numbers["model"]);
    }

    [Fact]
    public async Task Ids_are_a_text_as_they_are()
    {
        using var model = LanguageModel.Load(embeddings.Folder);
        int[][] ids = [.. Texts.Select(text => model.Tokenizer.EncodeWithTemplate(text, TestContext.Current.CancellationToken).ToArray())];
        (float[][] expected, _) = Expected();
        JsonObject several = await Server.PostAsync(Path, new { input = ids, encoding_format = "base64" });
        Assert.Equal(expected, several["data"]!.AsArray().Select(entry => OfBase64(entry!)));
        JsonObject one = await Server.PostAsync(Path, new { input = ids[0], encoding_format = "base64" });
        Assert.Equal(expected[0], OfBase64(Assert.Single(one["data"]!.AsArray())!));
        JsonObject text = await Server.PostAsync(Path, new { input = Texts[0], encoding_format = "base64" });
        Assert.Equal(expected[0], OfBase64(Assert.Single(text["data"]!.AsArray())!));
    }

    [Theory]
    [InlineData("""{}""", "input")]
    [InlineData("""{"input": []}""", "input")]
    [InlineData("""{"input": [[]]}""", "input")]
    [InlineData("""{"input": ["a", 1]}""", "input")]
    [InlineData("""{"input": [4096]}""", "input")]
    [InlineData("""{"input": {"text": "a"}}""", "input")]
    [InlineData("""{"input": "a", "encoding_format": "int8"}""", "encoding_format")]
    [InlineData("""{"input": "a", "dimensions": 64}""", "dimensions")]
    [InlineData("""{"input": "a", "stream": true}""", "stream")]
    public async Task What_is_no_request_for_vectors_is_refused_by_name(string body, string field)
    {
        JsonObject error = await Server.PostTextAsync(Path, body, HttpStatusCode.BadRequest);
        Assert.Equal(field, (string?)error["error"]!["param"]);
    }

    [Fact]
    public async Task A_text_beyond_the_context_is_refused()
    {
        string input = string.Concat(Enumerable.Repeat("once upon a time ", 200));
        JsonObject error = await Server.PostAsync(Path, new { input }, HttpStatusCode.BadRequest);
        Assert.Equal("input", (string?)error["error"]!["param"]);
        Assert.Contains("256", (string?)error["error"]!["message"]);
    }

    [Fact]
    public async Task The_official_client_reads_them()
    {
        (float[][] expected, int tokens) = Expected();
        EmbeddingClient client = Client.GetEmbeddingClient(EmbeddingServer.Name);
        OpenAIEmbeddingCollection several = await client.GenerateEmbeddingsAsync(Texts, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(expected, several.Select(embedding => embedding.ToFloats().ToArray()));
        Assert.Equal(tokens, several.Usage.InputTokenCount);
        OpenAIEmbedding one = await client.GenerateEmbeddingAsync(Texts[2], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(expected[2], one.ToFloats().ToArray());
    }

    [Fact]
    public async Task A_generator_of_Microsoft_Extensions_AI_reads_them()
    {
        (float[][] expected, int tokens) = Expected();
        using IEmbeddingGenerator<string, Embedding<float>> generator = Client.GetEmbeddingClient(EmbeddingServer.Name).AsIEmbeddingGenerator();
        GeneratedEmbeddings<Embedding<float>> made = await generator.GenerateAsync(Texts, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(expected, made.Select(embedding => embedding.Vector.ToArray()));
        Assert.Equal(tokens, made.Usage?.InputTokenCount);
        Embedding<float> one = await generator.GenerateAsync(Texts[1], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(expected[1], one.Vector.ToArray());
    }

    [Fact]
    public async Task The_official_client_for_JavaScript_reads_them()
    {
        JsonObject seen = await NodeScript.RunAsync("embeddings.mjs", [$"{Server.Address}v1", EmbeddingServer.Name, .. Texts]);
        (float[][] expected, int tokens) = Expected();
        foreach (string form in (string[])["unsaid", "float"])
        {
            Assert.Equal(expected, seen[form]!.AsArray().Select(vector => vector!.AsArray().Select(number => (float)number!).ToArray()));
        }
        Assert.Equal(expected, seen["base64"]!.AsArray().Select(vector => FloatsOf((string)vector!)));
        Assert.Equal(tokens, (int)seen["tokens"]!);
    }

    private static float[] OfBase64(JsonNode entry) => FloatsOf((string)entry["embedding"]!);

    private static float[] FloatsOf(string base64) => MemoryMarshal.Cast<byte, float>(Convert.FromBase64String(base64)).ToArray();

    // What the library makes of each text: the mean, brought to length 1.
    private (float[][] Vectors, int Tokens) Expected()
    {
        using var model = LanguageModel.Load(embeddings.Folder);
        PoolingConfig pooling = PoolingConfig.ReadIfThere(embeddings.Folder)!;
        int tokens = 0;
        float[][] vectors =
        [
            .. Texts.Select(text =>
            {
                IReadOnlyList<int> ids = model.Tokenizer.EncodeWithTemplate(text, TestContext.Current.CancellationToken);
                tokens += ids.Count;
                float[] vector = model.Embed(ids, pooling.Pooling, TestContext.Current.CancellationToken);
                pooling.Finish(vector);
                Assert.Equal(1, vector.Sum(number => (double)number * number), 1e-5);
                return vector;
            }),
        ];
        return (vectors, tokens);
    }
}
