using System.Text.Json;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Tests;

/// <summary>A model that was never told of tools calls them if it must, and the ecosystem's middleware runs them.</summary>
public sealed class ToolTests(BooksClient books) : IClassFixture<BooksClient>
{
    private enum City
    {
        Paris,
        Rome,
    }

    // Without it, a schema lets a model make arguments up.
    private static AdditionalPropertiesDictionary Strict => new() { ["strict"] = true };

    private static AIFunction Stop => AIFunctionFactory.Create(() => "stopped", "stop", "Stops.");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_must_come_is_run_and_the_answer_goes_on(bool streams)
    {
        List<City> asked = [];
        AIFunction weather = AIFunctionFactory.Create(
            (City city, int days) =>
            {
                asked.Add(city);
                return new { Sky = "rain", Days = days };
            },
            "weather", "Tells the weather.",
            new JsonSerializerOptions(AIJsonUtilities.DefaultOptions) { Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() } });
        // Not disposed: it would end the client that the tests share.
        IChatClient client = books.Client.AsBuilder().UseFunctionInvocation().Build();
        ChatOptions options = new()
        {
            Tools = [weather, Stop], ToolMode = ChatToolMode.RequireSpecific("weather"), AllowMultipleToolCalls = false, Temperature = 0, MaxOutputTokens = 90,
            AdditionalProperties = Strict,
        };
        ChatResponse response = streams
            ? await client.GetStreamingResponseAsync(BooksClient.Question, options, TestContext.Current.CancellationToken)
                .ToChatResponseAsync(TestContext.Current.CancellationToken)
            : await client.GetResponseAsync(BooksClient.Question, options, TestContext.Current.CancellationToken);
        Assert.NotEmpty(asked);
        FunctionCallContent call = Assert.Single(response.Messages[0].Contents.OfType<FunctionCallContent>());
        Assert.Equal("weather", call.Name);
        Assert.Contains(call.Arguments!["city"]!.ToString(), Enum.GetNames<City>());
        FunctionResultContent result = Assert.Single(response.Messages[1].Contents.OfType<FunctionResultContent>());
        Assert.Equal(call.CallId, result.CallId);
        Assert.Contains("rain", result.Result!.ToString());
        Assert.Equal(ChatRole.Assistant, response.Messages[^1].Role);
        Assert.True(response.Messages.Count >= 3);
    }

    [Fact]
    public async Task A_call_ends_an_answer_for_its_sake()
    {
        ChatOptions options = new()
        {
            Tools = [Stop], ToolMode = ChatToolMode.RequireAny, AllowMultipleToolCalls = false, Temperature = 0, MaxOutputTokens = 60,
            AdditionalProperties = Strict,
        };
        List<ChatResponseUpdate> updates = await books.StreamAsync(options);
        FunctionCallContent call = Assert.Single(updates.SelectMany(update => update.Contents).OfType<FunctionCallContent>());
        Assert.Equal("stop", call.Name);
        Assert.NotEmpty(call.CallId);
        Assert.Null(call.Exception);
        Assert.Equal(ChatFinishReason.ToolCalls, updates[^1].FinishReason);
        Assert.Empty(string.Concat(updates.Select(update => update.Text)));
    }

    [Fact]
    public async Task A_call_that_was_cut_is_none()
    {
        ChatOptions options = new()
        {
            Tools = [Stop], ToolMode = ChatToolMode.RequireAny, AllowMultipleToolCalls = false, Temperature = 0, MaxOutputTokens = 60,
            AdditionalProperties = Strict,
        };
        int tokens = (int)(await books.AskAsync(options)).Usage!.OutputTokenCount!;
        // The last tokens close a call whose arguments are complete.
        for (int cut = 1; cut < tokens - 20; cut += 3)
        {
            options.MaxOutputTokens = cut;
            ChatResponse response = await books.AskAsync(options);
            Assert.Empty(response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>());
            Assert.Equal(ChatFinishReason.Length, response.FinishReason);
        }
    }

    [Fact]
    public async Task A_tool_says_itself_whether_it_is_strict()
    {
        AIFunction open = AIFunctionFactory.Create(() => "stopped", new AIFunctionFactoryOptions
        {
            Name = "stop", AdditionalProperties = new Dictionary<string, object?> { ["strict"] = false, ["owner"] = "harbour" },
        });
        ChatOptions options = new()
        {
            Tools = [open], ToolMode = ChatToolMode.RequireAny, AllowMultipleToolCalls = false, Temperature = 0, MaxOutputTokens = 100,
            AdditionalProperties = Strict,
        };
        ChatOptions byCall = options.Clone();
        byCall.Tools = [Stop];
        int strict = (int)(await books.AskAsync(byCall)).Usage!.OutputTokenCount!;
        Assert.True((await books.AskAsync(options)).Usage!.OutputTokenCount > strict);
        open = AIFunctionFactory.Create(
            () => 1, new AIFunctionFactoryOptions { Name = "f", AdditionalProperties = new Dictionary<string, object?> { ["strict"] = 1 } });
        options.Tools = [open];
        Assert.Equal("Tools[0].AdditionalProperties[\"strict\"]", (await Assert.ThrowsAsync<DecoupleQException>(() => books.AskAsync(options))).Field);
    }

    [Fact]
    public async Task Without_calls_the_model_is_not_told_of_tools()
    {
        ChatOptions options = BooksClient.Greedy();
        options.Tools = [Stop];
        options.ToolMode = ChatToolMode.None;
        Assert.Equal((await books.AskAsync(BooksClient.Greedy())).Text, (await books.AskAsync(options)).Text);
        options.ToolMode = null;
        Assert.True((await books.AskAsync(options)).Usage!.InputTokenCount > (await books.AskAsync(BooksClient.Greedy())).Usage!.InputTokenCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_answer_is_an_object_of_a_type(int seed)
    {
        ChatOptions options = new() { Temperature = 1, Seed = seed, MaxOutputTokens = 400, FrequencyPenalty = 0.5f };
        ChatResponse<Voyage> response = await books.Client.GetResponseAsync<Voyage>(
            "Describe a voyage.", options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.True(Enum.IsDefined(response.Result.To));
        Assert.InRange(response.Result.Days, 0, int.MaxValue);
    }

    [Fact]
    public async Task A_value_that_is_no_object_is_wrapped_by_the_library()
    {
        ChatOptions options = new() { Temperature = 1, Seed = 3, MaxOutputTokens = 100 };
        ChatResponse<bool> response =
            await books.Client.GetResponseAsync<bool>("Did it sink?", options, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.True(response.TryGetResult(out _));
    }

    internal enum Harbour
    {
        Bristol,
        Lisbon,
    }

    internal sealed record Voyage(Harbour To, [property: System.ComponentModel.DataAnnotations.Range(0, 90)] int Days, bool? Calm);
}
