using System.Runtime.CompilerServices;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Extensions.AI.Answers;
using DecoupleQ.Extensions.AI.Loading;
using DecoupleQ.Extensions.AI.Questions;
using DecoupleQ.Generation;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Serving;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI;

/// <summary>
/// A model of this process as a chat client of Microsoft.Extensions.AI. Safe for any number of threads: calls at the same time share steps through the
/// weights, and each gets the answer that it would get alone.
/// </summary>
/// <remarks>
/// What <see cref="ChatOptions"/> ask for is honoured or refused by name with a <see cref="DecoupleQException"/>; <c>docs/extensions-ai.md</c> of the
/// repository lists all of it. A call that finds as many waiting as may wait ends with a <see cref="BusyException"/>.
/// </remarks>
public sealed class DecoupleQChatClient : IChatClient
{
    private readonly TextService _texts;
    private readonly ChatModel _chat;
    private readonly QuestionReader _questions;
    private readonly ChatClientMetadata _metadata;
    private readonly string _name;
    private readonly TextService? _owned;

    /// <summary>Makes a client of a service that there is, with which others may share it.</summary>
    /// <param name="texts">Writes the answers; it is not disposed.</param>
    /// <param name="chat">Answers conversations, of the same model.</param>
    /// <param name="modelId">What answers and measurements call the model; null for the name of its folder or file.</param>
    /// <param name="maxOutputTokens">The most tokens of an answer whose call names no number, at least 1.</param>
    /// <exception cref="ArgumentException">The two are of different models.</exception>
    /// <exception cref="DecoupleQException">The number is out of its range.</exception>
    public DecoupleQChatClient(
        TextService texts, ChatModel chat, string? modelId = null, int maxOutputTokens = DecoupleQChatClientOptions.DefaultMaxOutputTokens)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(chat);
        if (texts.Model != chat.Model)
        {
            throw new ArgumentException("It is of another model than the service.", nameof(chat));
        }
        _texts = texts;
        _chat = chat;
        _name = modelId ?? ModelPath.NameOf(texts.Model.Path);
        _questions = new QuestionReader(chat, _name, GenerationRanges.MaxTokens.Require(maxOutputTokens, nameof(maxOutputTokens)));
        _metadata = new ChatClientMetadata(ProviderName, defaultModelId: _name);
    }

    private DecoupleQChatClient(TextService owned, ChatModel chat, DecoupleQChatClientOptions options)
        : this(owned, chat, options.Name ?? ModelPath.NameOf(options.Model), options.MaxOutputTokens) => _owned = owned;

    /// <summary>The provider's name in metadata and measurements: <c>decoupleq</c>.</summary>
    public static string ProviderName => "decoupleq";

    /// <summary>Loads a model and makes a client of it. The model ends with the client.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="DecoupleQException">A file cannot be used, an option is out of its range, or the model has no chat template.</exception>
    public static DecoupleQChatClient Load(DecoupleQChatClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        TextService owned = options.LoadService(cancellationToken);
        try
        {
            ChatModel chat = ChatModel.LoadIfThere(owned.Model, options.ChatTemplate, options.ToolTemplate)
                ?? throw DecoupleQChatClientOptions.WithoutTemplate(options.Model);
            return new DecoupleQChatClient(owned, chat, options);
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }

    /// <summary>Answers a conversation.</summary>
    /// <param name="messages">The conversation: text, calls and their results, and reasoning.</param>
    /// <param name="options">How it is to be answered.</param>
    /// <param name="cancellationToken">Ends the answer: while it waits, within the prompt, and between two tokens.</param>
    /// <returns>The answer. <see cref="ChatResponse.RawRepresentation"/> is its <see cref="GenerationResult"/>: ids, times, the seed.</returns>
    /// <exception cref="DecoupleQException">Something that is asked for cannot be; it is named.</exception>
    /// <exception cref="BusyException">Too many wait.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var updates = new List<ChatResponseUpdate>();
        await foreach (ChatResponseUpdate update in GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            updates.Add(update);
        }
        ChatResponse response = updates.ToChatResponse();
        response.RawRepresentation = ((GeneratedToken)updates[^1].RawRepresentation!).Result;
        return response;
    }

    /// <summary>Answers a conversation piece by piece.</summary>
    /// <param name="messages">The conversation: text, calls and their results, and reasoning.</param>
    /// <param name="options">How it is to be answered.</param>
    /// <param name="cancellationToken">Ends the answer: while it waits, within the prompt, and between two tokens.</param>
    /// <returns>
    /// Text and reasoning as they come, calls once they are complete; the last update has the reason of the end and the numbers of tokens. Each one's
    /// <see cref="ChatResponseUpdate.RawRepresentation"/> is the <see cref="GeneratedToken"/> that it came with.
    /// </returns>
    /// <exception cref="DecoupleQException">Something that is asked for cannot be; it is named. Thrown with the first update, as the next one.</exception>
    /// <exception cref="BusyException">Too many wait.</exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return StreamAsync(messages, options ?? new(), cancellationToken);
    }

    /// <summary>What is behind the client: <see cref="ChatClientMetadata"/>, <see cref="LanguageModel"/>, <see cref="TextService"/>, <see cref="ChatModel"/>.
    /// </summary>
    /// <param name="serviceType">The type that is asked for.</param>
    /// <param name="serviceKey">Null; nothing has a key.</param>
    /// <returns>Null if there is no such thing.</returns>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : ((object[])[this, _metadata, _texts, _chat, _texts.Model]).FirstOrDefault(serviceType.IsInstanceOfType);
    }

    /// <summary>Ends the model, if the client has loaded it; calls that run then end with an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _owned?.Dispose();

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(
        IEnumerable<ChatMessage> messages, ChatOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (ChatQuestion question, bool showsReasoning) = _questions.Read(messages, options, this);
        ChatTurn turn = _chat.Prepare(question, cancellationToken);
        (GenerationOptions sampling, Chat.Tools.AnswerReader reader) = turn.Begin();
        var contents = new AnswerContents(reader, showsReasoning);
        string id = $"chatcmpl-{Guid.NewGuid():N}", message = $"msg-{Guid.NewGuid():N}";
        DateTimeOffset created = DateTimeOffset.UtcNow;
        var request = new TextRequest { Options = sampling, TextStandsAlone = true };
        await foreach (GeneratedToken token in _texts.GenerateAsync(turn.Ids, request, cancellationToken).ConfigureAwait(false))
        {
            IReadOnlyList<AIContent> said = contents.Push(token);
            if (said.Count > 0)
            {
                yield return Update(said, token);
            }
            if (token is { FinishReason: FinishReason reason, Result: GenerationResult result })
            {
                ChatResponseUpdate last = Update([new UsageContent(Usage(result))], token);
                last.FinishReason = reason is FinishReason.MaxTokens or FinishReason.ContextFull ? ChatFinishReason.Length
                    : contents.HasCalls ? ChatFinishReason.ToolCalls
                    : ChatFinishReason.Stop;
                yield return last;
            }
        }

        ChatResponseUpdate Update(IReadOnlyList<AIContent> said, GeneratedToken token) => new(ChatRole.Assistant, [.. said])
        {
            ResponseId = id,
            MessageId = message,
            ModelId = _name,
            CreatedAt = created,
            RawRepresentation = token,
        };

        UsageDetails Usage(GenerationResult result)
        {
            int prompt = _texts.PromptLength(turn.Ids);
            return new UsageDetails
            {
                InputTokenCount = prompt,
                OutputTokenCount = contents.Tokens,
                TotalTokenCount = prompt + contents.Tokens,
                CachedInputTokenCount = result.ReusedTokens,
                ReasoningTokenCount = contents.ReasoningTokens,
            };
        }
    }
}
