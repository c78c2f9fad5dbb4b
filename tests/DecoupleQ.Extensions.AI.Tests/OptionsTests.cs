using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Extensions.AI.Questions;
using DecoupleQ.Generation;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Tests;

/// <summary>Each option changes the answer as it should, or is refused by its name.</summary>
public sealed class OptionsTests(BooksClient books) : IClassFixture<BooksClient>
{
    private const int Tokens = 40;

    public static TheoryData<string> DrawsOfOne => ["TopK", "TopP", "NoTopP", "min_p"];

    public static TheoryData<string> Penalties => ["frequency", "presence", "repetition_penalty"];

    public static TheoryData<string, string> Refused => new()
    {
        { "ModelId", "ModelId" },
        { "ConversationId", "ConversationId" },
        { "ContinuationToken", "ContinuationToken" },
        { "MaxOutputTokens", "MaxOutputTokens" },
        { "Temperature", "Temperature" },
        { "NaN", "Temperature" },
        { "TopP", "TopP" },
        { "TopK", "TopK" },
        { "FrequencyPenalty", "FrequencyPenalty" },
        { "PresencePenalty", "PresencePenalty" },
        { "StopSequences", "StopSequences" },
        { "ToolMode", "ToolMode" },
        { "Tool", "Tools[0]" },
        { "NamedTool", "ToolMode" },
        { "Schema", "ResponseFormat" },
        { "min_p", "AdditionalProperties[\"min_p\"]" },
        { "min_p text", "AdditionalProperties[\"min_p\"]" },
        { "unknown", "AdditionalProperties[\"top_a\"]" },
        { "regex", "AdditionalProperties[\"regex\"]" },
        { "regex and schema", "AdditionalProperties[\"regex\"]" },
        { "variable", "AdditionalProperties[\"chat_template_kwargs\"]" },
        { "Raw", "RawRepresentationFactory" },
        { "Effort", "Reasoning.Effort" },
        { "Summary", "Reasoning.Output" },
    };

    [Fact]
    public async Task A_seed_gives_the_same_draws_again()
    {
        ChatOptions first = new() { Temperature = 1, Seed = 1, MaxOutputTokens = Tokens };
        ChatOptions second = new() { Temperature = 1, Seed = 2, MaxOutputTokens = Tokens };
        string one = (await books.AskAsync(first)).Text;
        Assert.Equal(one, (await books.AskAsync(first)).Text);
        Assert.NotEqual(one, (await books.AskAsync(second)).Text);
        Assert.NotEqual(one, (await GreedyAsync()).Text);
        ChatResponse negative = await books.AskAsync(new() { Temperature = 1, Seed = -1, MaxOutputTokens = 1 });
        Assert.Equal(ulong.MaxValue, ((GenerationResult)negative.RawRepresentation!).Seed);
    }

    [Theory]
    [MemberData(nameof(DrawsOfOne))]
    public async Task Draws_among_one_token_are_greedy(string option)
    {
        ChatOptions options = new() { Seed = 3, MaxOutputTokens = Tokens };
        switch (option)
        {
            case "TopK":
                options.TopK = 1;
                break;
            case "TopP":
                options.TopP = 1e-6f;
                break;
            case "NoTopP":
                options.TopP = 0;
                break;
            default:
                options.AdditionalProperties = new() { ["min_p"] = JsonElement.Parse("1") };
                break;
        }
        Assert.Equal((await GreedyAsync()).Text, (await books.AskAsync(options)).Text);
    }

    [Fact]
    public async Task Limits_of_draws_have_no_effect_where_nothing_is_drawn()
    {
        ChatOptions options = BooksClient.Greedy(Tokens);
        (options.TopK, options.TopP) = (40, 0.9f);
        Assert.Equal((await GreedyAsync()).Text, (await books.AskAsync(options)).Text);
    }

    [Theory]
    [MemberData(nameof(Penalties))]
    public async Task Penalties_change_the_answer(string option)
    {
        ChatOptions options = BooksClient.Greedy(Tokens);
        switch (option)
        {
            case "frequency":
                options.FrequencyPenalty = 2;
                break;
            case "presence":
                options.PresencePenalty = 2;
                break;
            default:
                options.AdditionalProperties = new() { ["repetition_penalty"] = 2m };
                break;
        }
        Assert.NotEqual((await GreedyAsync()).Text, (await books.AskAsync(options)).Text);
    }

    [Fact]
    public async Task A_stop_text_ends_the_answer_before_it()
    {
        string whole = (await GreedyAsync()).Text, stop = whole.Split(' ')[5];
        ChatOptions options = BooksClient.Greedy(Tokens);
        options.StopSequences = ["never written", stop];
        ChatResponse response = await books.AskAsync(options);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)].TrimEnd(), response.Text.TrimEnd());
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
    }

    [Fact]
    public async Task Instructions_are_a_system_message()
    {
        ChatOptions options = BooksClient.Greedy(Tokens);
        options.Instructions = "Tell of ships.";
        ChatResponse response = await books.AskAsync(options);
        Assert.Equal((await books.AskAsync(BooksClient.Greedy(Tokens), [new(ChatRole.System, "Tell of ships."), .. BooksClient.Question])).Text, response.Text);
        Assert.True(response.Usage!.InputTokenCount > (await GreedyAsync()).Usage!.InputTokenCount);
    }

    [Fact]
    public async Task An_answer_is_json_if_it_is_to_be()
    {
        ChatOptions options = new() { Temperature = 1, Seed = 3, MaxOutputTokens = 300, ResponseFormat = ChatResponseFormat.Json };
        ChatResponse response = await books.AskAsync(options);
        Assert.StartsWith("{", response.Text.TrimStart(), StringComparison.Ordinal);
        if (response.FinishReason == ChatFinishReason.Stop)
        {
            Assert.IsType<JsonObject>(JsonNode.Parse(response.Text));
        }
    }

    [Fact]
    public async Task An_answer_is_held_to_an_expression_or_a_grammar()
    {
        ChatOptions options = new() { Temperature = 1, Seed = 3, MaxOutputTokens = 50, AdditionalProperties = new() { ["regex"] = @"\d{4}-(0[1-9]|1[0-2])" } };
        Assert.Matches(@"^\d{4}-(0[1-9]|1[0-2])$", (await books.AskAsync(options)).Text);
        options.AdditionalProperties = new() { ["grammar"] = "root ::= \"yes\" | \"no\"" };
        ChatResponse response = await books.AskAsync(options);
        Assert.Contains(response.Text, (string[])["yes", "no"]);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
    }

    [Fact]
    public async Task The_librarys_own_options_are_where_the_others_start_from()
    {
        ChatOptions options = new()
        {
            Temperature = 0, RawRepresentationFactory = _ => new GenerationOptions { LogProbabilities = 2, MaxTokens = 3, Temperature = 1 },
        };
        var result = Assert.IsType<GenerationResult>((await books.AskAsync(options)).RawRepresentation);
        Assert.Equal(3, result.LogProbabilities!.Count);
        Assert.Null(result.Seed);
        options.MaxOutputTokens = 2;
        Assert.Equal(2, (await books.AskAsync(options)).Usage!.OutputTokenCount);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_cannot_be_is_refused_by_name(string option, string field)
    {
        ChatOptions options = option switch
        {
            "ModelId" => new() { ModelId = "gpt" },
            "ContinuationToken" => new() { ContinuationToken = ResponseContinuationToken.FromBytes(new byte[1]) },
            "ConversationId" => new() { ConversationId = "1" },
            "MaxOutputTokens" => new() { MaxOutputTokens = 0 },
            "Temperature" => new() { Temperature = -1 },
            "NaN" => new() { Temperature = float.NaN },
            "TopP" => new() { TopP = 1.5f },
            "TopK" => new() { TopK = -2 },
            "FrequencyPenalty" => new() { FrequencyPenalty = 3 },
            "PresencePenalty" => new() { PresencePenalty = -3 },
            "StopSequences" => new() { StopSequences = [""] },
            "ToolMode" => new() { ToolMode = ChatToolMode.RequireAny },
            "Tool" => new() { Tools = [new HostedWebSearchTool()] },
            "NamedTool" => new() { Tools = [AIFunctionFactory.Create(() => 1, "one")], ToolMode = ChatToolMode.RequireSpecific("two") },
            "Schema" => new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonElement.Parse("""{"not": {}}""")) },
            "min_p" => new() { AdditionalProperties = new() { ["min_p"] = 2 } },
            "min_p text" => new() { AdditionalProperties = new() { ["min_p"] = "0.1" } },
            "unknown" => new() { AdditionalProperties = new() { ["top_a"] = 0.1 } },
            "regex" => new() { AdditionalProperties = new() { ["regex"] = "(" } },
            "regex and schema" => new() { AdditionalProperties = new() { ["regex"] = "a" }, ResponseFormat = ChatResponseFormat.Json },
            "variable" => new() { AdditionalProperties = new() { ["chat_template_kwargs"] = new JsonObject { ["enable_thinking"] = true } } },
            "Raw" => new() { RawRepresentationFactory = _ => new object() },
            "Effort" => new() { Reasoning = new() { Effort = ReasoningEffort.High } },
            "Summary" => new() { Reasoning = new() { Output = ReasoningOutput.Summary } },
            _ => throw new InvalidOperationException(option),
        };
        DecoupleQException error = await Assert.ThrowsAsync<DecoupleQException>(() => books.AskAsync(options));
        Assert.Equal(field, error.Field);
        Assert.NotNull(error.Expected);
        Assert.Equal(field, (await Assert.ThrowsAsync<DecoupleQException>(() => books.StreamAsync(options))).Field);
        Assert.Equal(0, books.Texts.Status.Running);
    }

    [Fact]
    public void Numbers_of_any_type_are_the_decimals_that_were_written()
    {
        foreach (object value in (object[])[0.7f, 0.7, 0.7m, JsonElement.Parse("0.7"), JsonValue.Create(0.7)])
        {
            Assert.Equal(0.7, OptionValues.Number(value, "field"));
        }
        foreach (object value in (object[])[2, 2L, (byte)2, JsonValue.Create(2), JsonNode.Parse("2")!])
        {
            Assert.Equal(2, OptionValues.Number(value, "field"));
        }
        Assert.True(OptionValues.Flag(JsonElement.Parse("true"), "field"));
        Assert.Equal("a", OptionValues.Text(JsonValue.Create("a"), "field"));
        Assert.Equal("field", Assert.Throws<DecoupleQException>(() => OptionValues.Object(1, "field")).Field);
    }

    [Fact]
    public async Task Its_own_name_and_what_changes_nothing_are_accepted()
    {
        ChatOptions options = BooksClient.Greedy(Tokens);
        options.ModelId = "books-8m";
        options.ResponseFormat = ChatResponseFormat.Text;
        options.ToolMode = ChatToolMode.Auto;
        options.AllowMultipleToolCalls = false;
        options.AdditionalProperties = new() { ["strict"] = true, ["min_p"] = null };
        options.RawRepresentationFactory = _ => null;
        Assert.Equal((await GreedyAsync()).Text, (await books.AskAsync(options)).Text);
    }

    private Task<ChatResponse> GreedyAsync() => books.AskAsync(BooksClient.Greedy(Tokens));
}
