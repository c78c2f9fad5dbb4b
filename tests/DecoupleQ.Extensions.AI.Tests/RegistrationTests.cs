using System.Diagnostics;
using System.Diagnostics.Metrics;
using DecoupleQ.Extensions.AI.Loading;
using DecoupleQ.Models;
using DecoupleQ.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DecoupleQ.Extensions.AI.Tests;

/// <summary>Clients as an application has them.</summary>
public sealed class RegistrationTests
{
    public static TheoryData<string, string> Wrong => new()
    {
        { "no model", "Model" },
        { "missing model", "/no/such/model" },
        { "no template", "ChatTemplate" },
        { "missing template", "/no/such.jinja" },
        { "tokens", "MaxOutputTokens" },
        { "running", "Running" },
        { "threads", "threads" },
        { "name", "Name" },
    };

    [Fact]
    public async Task A_client_is_measured_by_the_librarys_middleware()
    {
        string source = $"tests-{Guid.NewGuid():N}";
        List<Activity> activities = [];
        List<(string Instrument, double Value, string? Model)> measured = [];
        using var listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == source,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, measuring) =>
            {
                if (instrument.Meter.Name == source)
                {
                    measuring.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<int>((instrument, value, tags, _) => measured.Add((instrument.Name, value, ModelOf(tags))));
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => measured.Add((instrument.Name, value, ModelOf(tags))));
        meters.Start();

        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddLogging();
        builder.Services.AddDecoupleQChatClient(Configure).UseFunctionInvocation().UseOpenTelemetry(sourceName: source).UseLogging();
        using IHost host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        IChatClient client = host.Services.GetRequiredService<IChatClient>();
        Assert.NotNull(client.GetService<DecoupleQChatClient>());
        Assert.NotNull(client.GetService<FunctionInvokingChatClient>());
        ChatResponse response = await client.GetResponseAsync(BooksClient.Question, BooksClient.Greedy(5), TestContext.Current.CancellationToken);
        Assert.Equal("tales", response.ModelId);

        Activity activity = Assert.Single(activities, activity => activity.OperationName.StartsWith("chat", StringComparison.Ordinal));
        Assert.Equal("decoupleq", activity.GetTagItem("gen_ai.provider.name"));
        Assert.Equal("tales", activity.GetTagItem("gen_ai.response.model"));
        Assert.Equal("5", activity.GetTagItem("gen_ai.usage.output_tokens")?.ToString());
        Assert.Equal(response.Usage!.InputTokenCount.ToString(), activity.GetTagItem("gen_ai.usage.input_tokens")?.ToString());
        Assert.Contains(measured, entry => entry is { Instrument: "gen_ai.client.token.usage", Value: 5, Model: "tales" });
        Assert.Contains(measured, entry => entry is { Instrument: "gen_ai.client.operation.duration", Value: > 0 });
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_options_are_found_when_the_application_starts(string wrong, string named)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddDecoupleQChatClient(options =>
        {
            Configure(options);
            switch (wrong)
            {
                case "no model":
                    options.Model = "";
                    break;
                case "missing model":
                    options.Model = "/no/such/model";
                    break;
                case "no template":
                    options.ChatTemplate = null;
                    break;
                case "missing template":
                    options.ToolTemplate = "/no/such.jinja";
                    break;
                case "tokens":
                    options.MaxOutputTokens = 0;
                    break;
                case "running":
                    options.Limits = new() { Running = 0 };
                    break;
                case "threads":
                    options.Loading = new() { Threads = -1 };
                    break;
                default:
                    options.Name = "";
                    break;
            }
        });
        using IHost host = builder.Build();
        OptionsValidationException error =
            await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains(named, error.Message);
    }

    [Fact]
    public async Task Several_models_have_keys_and_options_of_their_own()
    {
        var services = new ServiceCollection();
        services.AddKeyedDecoupleQChatClient("one", Configure);
        services.AddKeyedDecoupleQChatClient("two", options =>
        {
            Configure(options);
            options.Name = "other";
            options.MaxOutputTokens = 3;
        });
        DecoupleQChatClient two;
        await using (ServiceProvider provider = services.BuildServiceProvider())
        {
            IChatClient client = provider.GetRequiredKeyedService<IChatClient>("two");
            two = client.GetRequiredService<DecoupleQChatClient>();
            ChatResponse response = await client.GetResponseAsync("Who?", new() { Temperature = 0 }, TestContext.Current.CancellationToken);
            Assert.Equal(("other", 3), (response.ModelId, response.Usage!.OutputTokenCount));
            Assert.Equal("tales", provider.GetRequiredKeyedService<IChatClient>("one").GetRequiredService<ChatClientMetadata>().DefaultModelId);
            Assert.Null(provider.GetService<IChatClient>());
        }
        // The model ended with the application.
        await Assert.ThrowsAsync<ObjectDisposedException>(() =>
            two.GetResponseAsync("Who?", BooksClient.Greedy(2), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Embeddings_are_generated_as_the_models_files_say()
    {
        using TemporaryModel model = TemporaryModel.OfEmbeddings(Paths.Model);
        var services = new ServiceCollection();
        services.AddDecoupleQEmbeddingGenerator(options => options.Model = model.Path);
        await using ServiceProvider provider = services.BuildServiceProvider();
        IEmbeddingGenerator<string, Embedding<float>> generator = provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
        GeneratedEmbeddings<Embedding<float>> embeddings = await generator.GenerateAsync(
            ["The sea was calm.", "She sold the house."], cancellationToken: TestContext.Current.CancellationToken);

        LanguageModel loaded = generator.GetRequiredService<LanguageModel>();
        IReadOnlyList<int> ids = loaded.Tokenizer.EncodeWithTemplate("She sold the house.", TestContext.Current.CancellationToken);
        float[] expected = loaded.Embed(ids, Pooling.Mean, TestContext.Current.CancellationToken);
        double length = Math.Sqrt(expected.Sum(number => (double)number * number));
        Assert.Equal(
            expected.Select(number => number / length), embeddings[1].Vector.ToArray().Select(number => (double)number), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(loaded.Width, embeddings[0].Dimensions);
        Assert.True(embeddings.Usage!.InputTokenCount > ids.Count);
        Assert.Equal(loaded.Width, generator.GetRequiredService<EmbeddingGeneratorMetadata>().DefaultModelDimensions);
        Assert.Empty(await generator.GenerateAsync([], cancellationToken: TestContext.Current.CancellationToken));
        foreach ((EmbeddingGenerationOptions options, string field) in (IEnumerable<(EmbeddingGenerationOptions, string)>)
        [
            (new() { Dimensions = 3 }, "Dimensions"), (new() { ModelId = "other" }, "ModelId"),
            (new() { AdditionalProperties = new() { ["user"] = 1 } }, "AdditionalProperties[\"user\"]"),
            (new() { RawRepresentationFactory = _ => 1 }, "RawRepresentationFactory"),
        ])
        {
            Assert.Equal(field, (await Assert.ThrowsAsync<DecoupleQException>(
                () => generator.GenerateAsync(["Who?"], options, TestContext.Current.CancellationToken))).Field);
        }
    }

    [Fact]
    public async Task A_model_that_is_none_of_embeddings_is_found_when_the_application_starts()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddDecoupleQEmbeddingGenerator(options => options.Model = Paths.Model);
        using IHost host = builder.Build();
        OptionsValidationException error =
            await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("1_Pooling/config.json", error.Message);
    }

    private static void Configure(DecoupleQChatClientOptions options)
    {
        options.Model = Paths.Model;
        options.ChatTemplate = BooksClient.Template;
        options.Loading = new() { Threads = 1 };
        options.Name = "tales";
    }

    private static string? ModelOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach ((string key, object? value) in tags)
        {
            if (key == "gen_ai.response.model")
            {
                return value?.ToString();
            }
        }
        return null;
    }
}
