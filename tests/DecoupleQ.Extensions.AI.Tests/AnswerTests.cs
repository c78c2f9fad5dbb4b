using DecoupleQ.Chat.Answers;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Serving;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Tests;

public sealed class AnswerTests(BooksClient books) : IClassFixture<BooksClient>
{
    [Fact]
    public async Task A_stream_is_the_whole_answer_in_pieces()
    {
        ChatResponse whole = await books.AskAsync(BooksClient.Greedy());
        List<ChatResponseUpdate> updates = await books.StreamAsync(BooksClient.Greedy());
        Assert.NotEmpty(whole.Text);
        Assert.Equal(whole.Text, string.Concat(updates.Select(update => update.Text)));
        Assert.True(updates.Count > 10);
        Assert.All(updates, update =>
        {
            Assert.Equal(ChatRole.Assistant, update.Role);
            Assert.Equal("books-8m", update.ModelId);
            Assert.Equal(updates[0].ResponseId, update.ResponseId);
            Assert.Equal(updates[0].MessageId, update.MessageId);
            Assert.InRange(update.CreatedAt!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);
        });
        Assert.NotEqual(whole.ResponseId, updates[0].ResponseId);
        Assert.All(updates[..^1], update => Assert.Null(update.FinishReason));
        Assert.Equal(ChatFinishReason.Length, updates[^1].FinishReason);
        UsageDetails usage = Assert.Single(updates[^1].Contents.OfType<UsageContent>()).Details;
        Assert.Equal(24, usage.OutputTokenCount);
        Assert.Equal(usage.InputTokenCount + 24, usage.TotalTokenCount);
        Assert.Equal((whole.Usage!.InputTokenCount, whole.Usage.OutputTokenCount), (usage.InputTokenCount, usage.OutputTokenCount));
        Assert.Equal(ChatFinishReason.Length, whole.FinishReason);
        Assert.Single(whole.Messages);
        Assert.Equal(24, Assert.IsType<GenerationResult>(whole.RawRepresentation).Ids.Count);
    }

    [Fact]
    public async Task A_prompt_that_was_read_before_is_told_as_such()
    {
        ChatMessage[] conversation = [new(ChatRole.User, string.Join(' ', Enumerable.Repeat("The sea was calm that morning.", 20)))];
        ChatResponse first = await books.AskAsync(BooksClient.Greedy(4), conversation), second = await books.AskAsync(BooksClient.Greedy(4), conversation);
        Assert.Equal(0, first.Usage!.CachedInputTokenCount);
        Assert.InRange(second.Usage!.CachedInputTokenCount!.Value, 64, second.Usage.InputTokenCount!.Value);
        Assert.Equal(first.Text, second.Text);
    }

    [Fact]
    public async Task Calls_at_the_same_time_get_what_each_would_get_alone()
    {
        string[] questions = [.. Enumerable.Range(0, 6).Select(i => $"What happened in chapter {i}?")];
        ChatOptions options = new() { Temperature = 1, Seed = 7, MaxOutputTokens = 16 };
        List<string> alone = [];
        foreach (string question in questions)
        {
            alone.Add((await books.AskAsync(options, new ChatMessage(ChatRole.User, question))).Text);
        }
        ChatResponse[] together = await Task.WhenAll(questions.Select(question => books.AskAsync(options, new ChatMessage(ChatRole.User, question))));
        Assert.Equal(alone, together.Select(response => response.Text));
    }

    [Fact]
    public async Task A_call_that_is_cancelled_frees_its_place()
    {
        using var cancellation = new CancellationTokenSource();
        IAsyncEnumerator<ChatResponseUpdate> answer = books.Client.GetStreamingResponseAsync(
            BooksClient.Question, BooksClient.Greedy(400), cancellation.Token).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await answer.MoveNextAsync());
        Assert.Equal(1, books.Texts.Status.Running);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            while (await answer.MoveNextAsync())
            {
            }
        });
        await answer.DisposeAsync();
        Assert.Equal(0, books.Texts.Status.Running);
        Assert.Equal(4, (await books.AskAsync(BooksClient.Greedy(4))).Usage!.OutputTokenCount);
    }

    [Fact]
    public async Task A_stream_that_is_left_frees_its_place()
    {
        await foreach (ChatResponseUpdate update in books.Client.GetStreamingResponseAsync(
            BooksClient.Question, BooksClient.Greedy(400), TestContext.Current.CancellationToken))
        {
            Assert.Equal(1, books.Texts.Status.Running);
            break;
        }
        Assert.Equal(0, books.Texts.Status.Running);
    }

    [Fact]
    public void What_is_behind_the_client_can_be_asked_for()
    {
        ChatClientMetadata metadata = books.Client.GetRequiredService<ChatClientMetadata>();
        Assert.Equal(("decoupleq", "books-8m"), (metadata.ProviderName, metadata.DefaultModelId));
        Assert.Same(books.Client, books.Client.GetService<IChatClient>());
        Assert.Same(books.Client.GetService<LanguageModel>(), books.Client.GetRequiredService<TextService>().Model);
        Assert.Same(books.Client.GetService<LanguageModel>(), books.Client.GetRequiredService<ChatModel>().Model);
        Assert.Null(books.Client.GetService<LanguageModel>("key"));
        Assert.Null(books.Client.GetService<string>());
    }

    [Fact]
    public async Task A_service_is_shared_and_stays_when_its_client_ends()
    {
        ChatModel chat = books.Client.GetRequiredService<ChatModel>();
        using (var other = new DecoupleQChatClient(books.Texts, chat, "mine"))
        {
            ChatResponse response = await other.GetResponseAsync(BooksClient.Question, BooksClient.Greedy(4), TestContext.Current.CancellationToken);
            Assert.Equal("mine", response.ModelId);
            Assert.Equal(4, response.Usage!.OutputTokenCount);
        }
        Assert.Equal(4, (await books.AskAsync(BooksClient.Greedy(4))).Usage!.OutputTokenCount);
        using var another = new BooksClient();
        Assert.Throws<ArgumentException>(() => new DecoupleQChatClient(another.Texts, chat));
        Assert.Equal("maxOutputTokens", Assert.Throws<DecoupleQException>(() => new DecoupleQChatClient(books.Texts, chat, maxOutputTokens: 0)).Field);
    }

    [Fact]
    public async Task As_many_wait_as_may_wait()
    {
        using var one = new TextService(books.Model, new ServiceLimits { Running = 1, Waiting = 0 });
        using var client = new DecoupleQChatClient(one, books.Client.GetRequiredService<ChatModel>());
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(
            BooksClient.Question, BooksClient.Greedy(100), TestContext.Current.CancellationToken))
        {
            await Assert.ThrowsAsync<BusyException>(() =>
                client.GetResponseAsync(BooksClient.Question, BooksClient.Greedy(4), TestContext.Current.CancellationToken));
            break;
        }
    }
}
