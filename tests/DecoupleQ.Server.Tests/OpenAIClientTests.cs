using System.ClientModel;
using DecoupleQ.Chat;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Testing;
using OpenAI;
using OpenAI.Chat;

namespace DecoupleQ.Server.Tests;

/// <summary>The official client for .NET, unchanged.</summary>
public sealed class OpenAIClientTests(BooksServer server) : IClassFixture<BooksServer>
{
    private static readonly ChatCompletionOptions Greedy = new() { MaxOutputTokenCount = 24, Temperature = 0 };

    private OpenAIClient Client => new(new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = new Uri(server.Address, "/v1") });

    private ChatClient Chat => Client.GetChatClient("books-8m");

    [Fact]
    public async Task An_answer_is_what_the_library_writes()
    {
        using var model = LanguageModel.Load(Paths.Model);
        using var session = new ChatSession(model, ChatTemplate.LoadFile(System.IO.Path.Combine(Paths.Samples, "chat", "tale.jinja"), Paths.Model));
        GenerationResult expected = session.Answer("Who was the captain?", new() { MaxTokens = 24, Temperature = 0 });
        ChatCompletion answer = await Chat.CompleteChatAsync([new UserChatMessage("Who was the captain?")], Greedy, TestContext.Current.CancellationToken);
        Assert.Equal(expected.Text, answer.Content[0].Text);
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(expected.PromptTokens, answer.Usage.InputTokenCount);
        Assert.Equal(expected.Ids.Count, answer.Usage.OutputTokenCount);
        Assert.StartsWith("fp_", answer.SystemFingerprint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_gives_the_same_answer()
    {
        OpenAI.Chat.ChatMessage[] conversation = [new SystemChatMessage("Be brief."), new UserChatMessage("Tell a story.")];
        ChatCompletion whole = await Chat.CompleteChatAsync(conversation, Greedy, TestContext.Current.CancellationToken);
        string text = "";
        ChatFinishReason? reason = null;
        ChatTokenUsage? usage = null;
        await foreach (StreamingChatCompletionUpdate update in Chat.CompleteChatStreamingAsync(conversation, Greedy, TestContext.Current.CancellationToken))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            reason = update.FinishReason ?? reason;
            usage = update.Usage ?? usage;
        }
        Assert.Equal(whole.Content[0].Text, text);
        Assert.Equal(whole.FinishReason, reason);
        Assert.Equal(whole.Usage.TotalTokenCount, usage?.TotalTokenCount);
    }

    [Fact]
    public async Task Log_probabilities_are_given()
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 8, Temperature = 0, IncludeLogProbabilities = true, TopLogProbabilityCount = 3 };
        ChatCompletion answer = await Chat.CompleteChatAsync([new UserChatMessage("Tell a story.")], options, TestContext.Current.CancellationToken);
        Assert.Equal(8, answer.ContentTokenLogProbabilities.Count);
        Assert.All(answer.ContentTokenLogProbabilities, token =>
        {
            Assert.Equal(3, token.TopLogProbabilities.Count);
            // Greedy.
            Assert.Equal(token.Token, token.TopLogProbabilities[0].Token);
            Assert.Equal(token.LogProbability, token.TopLogProbabilities[0].LogProbability);
        });
    }

    [Fact]
    public async Task A_stream_can_be_left()
    {
        var options = new ChatCompletionOptions { MaxOutputTokenCount = 200, Temperature = 1 };
        await foreach (StreamingChatCompletionUpdate _ in Chat.CompleteChatStreamingAsync(
            [new UserChatMessage("Tell a story.")], options, TestContext.Current.CancellationToken))
        {
            break;
        }
        await server.IdleAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Models_are_listed_and_errors_are_told()
    {
        OpenAI.Models.OpenAIModelCollection models = await Client.GetOpenAIModelClient().GetModelsAsync(TestContext.Current.CancellationToken);
        Assert.Equal("books-8m", Assert.Single(models).Id);
        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(
            () => Client.GetChatClient("gpt-4").CompleteChatAsync([new UserChatMessage("Hi")], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(404, error.Status);
        Assert.Contains("books-8m", error.Message);
    }
}
