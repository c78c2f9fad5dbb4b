using DecoupleQ.Extensions.AI.Loading;
using DecoupleQ.Models;
using DecoupleQ.Serving;
using DecoupleQ.Testing;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Tests;

/// <summary>A client of the sample model, with a template that shows tools in the manner of Hermes.</summary>
public sealed class BooksClient : IDisposable
{
    public DecoupleQChatClient Client { get; } = DecoupleQChatClient.Load(Options);

    internal static string Template => Path.Combine(Paths.Samples, "chat", "tools.jinja");

    internal static DecoupleQChatClientOptions Options => new()
    {
        Model = Paths.Model,
        ChatTemplate = Template,
        // Further than it was trained for: what it says does not matter, and tools take room.
        Loading = new LanguageModelOptions { Threads = 1, ContextLength = 1024 },
    };

    internal static ChatMessage[] Question => [new(ChatRole.User, "What became of the captain and his ship?")];

    internal static ChatOptions Greedy(int tokens = 24) => new() { Temperature = 0, MaxOutputTokens = tokens };

    internal LanguageModel Model => Client.GetRequiredService<LanguageModel>();

    internal TextService Texts => Client.GetRequiredService<TextService>();

    public void Dispose() => Client.Dispose();

    internal Task<ChatResponse> AskAsync(ChatOptions? options, params ChatMessage[] messages) =>
        Client.GetResponseAsync(messages.Length > 0 ? messages : Question, options, TestContext.Current.CancellationToken);

    internal async Task<List<ChatResponseUpdate>> StreamAsync(ChatOptions? options, params ChatMessage[] messages)
    {
        var updates = new List<ChatResponseUpdate>();
        await foreach (ChatResponseUpdate update in Client.GetStreamingResponseAsync(
            messages.Length > 0 ? messages : Question, options, TestContext.Current.CancellationToken))
        {
            updates.Add(update);
        }
        return updates;
    }
}
