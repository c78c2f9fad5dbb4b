using System.ClientModel;
using System.ComponentModel;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using OpenAI;

namespace DecoupleQ.Server.Tests;

/// <summary>The chat client that Microsoft.Extensions.AI makes of the official one, unchanged.</summary>
public sealed class ExtensionsAIClientTests(ToolServer tools) : IClassFixture<ToolServer>
{
    private const string Model = "books-8m", Asked = "Who was the captain?";

    [JsonConverter(typeof(JsonStringEnumConverter<City>))]
    internal enum City
    {
        Paris,
        Rome,
    }

    private static ChatOptions Greedy => new() { MaxOutputTokens = 24, Temperature = 0 };

    private OpenAIClient Client => new(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(tools.Server.Address, "/v1") });

    private IChatClient Chat => Client.GetChatClient(Model).AsIChatClient();

    [Fact]
    public async Task An_answer_and_a_stream_say_the_same()
    {
        ChatMessage[] conversation = [new(ChatRole.System, "Be brief."), new(ChatRole.User, Asked)];
        ChatResponse whole = await Chat.GetResponseAsync(conversation, Greedy, TestContext.Current.CancellationToken);
        CancellationToken token = TestContext.Current.CancellationToken;
        List<ChatResponseUpdate> updates = await Chat.GetStreamingResponseAsync(conversation, Greedy, token).ToListAsync(token);
        ChatResponse streamed = updates.ToChatResponse();
        Assert.NotEmpty(whole.Text);
        Assert.Equal(whole.Text, streamed.Text);
        Assert.True(updates.Count > 8);
        Assert.Equal((ChatFinishReason.Length, ChatFinishReason.Length), (whole.FinishReason, streamed.FinishReason));
        Assert.Equal(24, whole.Usage!.OutputTokenCount);
        Assert.Equal((whole.Usage.InputTokenCount, whole.Usage.TotalTokenCount), (streamed.Usage!.InputTokenCount, streamed.Usage.TotalTokenCount));
        Assert.Equal(Model, whole.ModelId);
    }

    /// <summary>What an application may set is understood, and the same seed gives the same answer.</summary>
    [Fact]
    public async Task Options_are_understood()
    {
        ChatOptions options = new()
        {
            MaxOutputTokens = 24, Temperature = 0.9f, TopP = 0.9f, FrequencyPenalty = 0.5f, PresencePenalty = 0.2f, Seed = 5, StopSequences = ["never so"],
        };
        ChatResponse first = await Chat.GetResponseAsync(Asked, options, TestContext.Current.CancellationToken);
        Assert.Equal(first.Text, (await Chat.GetResponseAsync(Asked, options, TestContext.Current.CancellationToken)).Text);
        options.Seed = 6;
        Assert.NotEqual(first.Text, (await Chat.GetResponseAsync(Asked, options, TestContext.Current.CancellationToken)).Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_function_is_called_and_the_answer_goes_on(bool streams)
    {
        List<City> asked = [];
        AIFunction weather = AIFunctionFactory.Create(
            ([Description("Where.")] City city) =>
            {
                asked.Add(city);
                return $"Rain in {city}.";
            },
            "weather", "Tells the weather.");
        using IChatClient client = Chat.AsBuilder().UseFunctionInvocation().Build();
        ChatOptions options = new()
        {
            Tools = [weather], ToolMode = ChatToolMode.RequireSpecific("weather"), AllowMultipleToolCalls = false, Temperature = 0, MaxOutputTokens = 120,
            AdditionalProperties = new() { ["strict"] = true },
        };
        ChatResponse response = streams
            ? await client.GetStreamingResponseAsync(Asked, options, TestContext.Current.CancellationToken)
                .ToChatResponseAsync(TestContext.Current.CancellationToken)
            : await client.GetResponseAsync(Asked, options, TestContext.Current.CancellationToken);
        Assert.NotEmpty(asked);
        FunctionCallContent call = Assert.Single(response.Messages[0].Contents.OfType<FunctionCallContent>());
        Assert.Equal(("weather", asked[0].ToString()), (call.Name, call.Arguments!["city"]!.ToString()));
        FunctionResultContent result = Assert.Single(response.Messages[1].Contents.OfType<FunctionResultContent>());
        Assert.Equal((call.CallId, $"Rain in {asked[0]}."), (result.CallId, result.Result!.ToString()));
        Assert.Equal(ChatRole.Assistant, response.Messages[^1].Role);
        Assert.True(response.Messages.Count >= 3);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_answer_is_what_a_type_says(int seed)
    {
        ChatOptions options = new() { MaxOutputTokens = 200, Temperature = 1, Seed = seed };
        ChatResponse<Person> answer = await Chat.GetResponseAsync<Person>(Asked, options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(answer.TryGetResult(out Person? person), answer.Text);
        Assert.NotNull(person.Name);
        Assert.True(Enum.IsDefined(person.Home));
        // What is no object is wrapped into one by the client.
        ChatResponse<City> one = await Chat.GetResponseAsync<City>(Asked, options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(Enum.IsDefined(one.Result));
    }

    [Fact]
    public async Task A_stream_can_be_left_and_a_call_cancelled()
    {
        ChatOptions options = new() { MaxOutputTokens = 200, Temperature = 1 };
        await foreach (ChatResponseUpdate _ in Chat.GetStreamingResponseAsync(Asked, options, TestContext.Current.CancellationToken))
        {
            break;
        }
        await tools.Server.IdleAsync(TimeSpan.FromSeconds(5));
        using var cancelled = new CancellationTokenSource();
        Task<ChatResponse> running = Client.GetChatClient(Model).AsIChatClient().GetResponseAsync(Asked, options, cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await tools.Server.IdleAsync(TimeSpan.FromSeconds(5));
    }

    /// <summary>The same client over the newer form of the API.</summary>
    [Fact]
    public async Task A_response_answers_too()
    {
#pragma warning disable OPENAI001 // the client for it may still change
        using IChatClient client = Client.GetResponsesClient().AsIChatClient(Model);
#pragma warning restore OPENAI001
        ChatResponse answer = await client.GetResponseAsync(Asked, Greedy, TestContext.Current.CancellationToken);
        Assert.NotEmpty(answer.Text);
        Assert.Equal(24, answer.Usage?.OutputTokenCount);
    }

    internal sealed record Person(string Name, double Age, City Home);
}
