using DecoupleQ.Chat.Answers;
using DecoupleQ.Generation;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>Reads what calls of the client ask. Safe for any number of threads.</summary>
/// <param name="chat">The model.</param>
/// <param name="name">Its name.</param>
/// <param name="maxTokens">The most tokens of an answer whose call names no number.</param>
internal sealed class QuestionReader(ChatModel chat, string name, int maxTokens)
{
    private readonly AnswerFormats _formats = new();

    /// <summary>Reads a question.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="options">How it is to be answered.</param>
    /// <param name="client">Who is asked.</param>
    /// <returns>The question, and whether what the model thinks is part of the answer.</returns>
    /// <exception cref="DecoupleQException">Something that is asked for cannot be; it is named.</exception>
    public (ChatQuestion Question, bool ShowsReasoning) Read(IEnumerable<ChatMessage> messages, ChatOptions options, IChatClient client)
    {
        Refusal.OtherModel(options.ModelId, name);
        if (options.ConversationId is string conversation)
        {
            throw Refusal.Of(nameof(options.ConversationId), $"There is no conversation '{conversation}': none is kept here.", "null, and all messages");
        }
        if (options.ContinuationToken is not null)
        {
            throw Refusal.Of(nameof(options.ContinuationToken), "No answer goes on later.", "null");
        }
        ExtraProperties extras = ExtraProperties.Read(options.AdditionalProperties);
        var question = new ChatQuestion
        {
            Messages = Conversation.Read(messages, options.Instructions),
            Tools = ToolOptions.Tools(options, extras.Strict),
            ToolChoice = ToolOptions.Choice(options),
            ParallelToolCalls = options.AllowMultipleToolCalls ?? true,
            Format = _formats.Of(options.ResponseFormat, extras),
            TemplateVariables = TemplateVariables.Read(options, extras, chat),
            Options = SamplingOptions.Read(options, extras, Given(options, client), maxTokens),
        };
        return (question, TemplateVariables.ShowsReasoning(options));
    }

    private static GenerationOptions? Given(ChatOptions options, IChatClient client) => options.RawRepresentationFactory?.Invoke(client) switch
    {
        null => null,
        GenerationOptions given => given,
        object other => throw Refusal.Of(
            nameof(options.RawRepresentationFactory), $"It makes a {other.GetType().Name}.", $"{typeof(GenerationOptions).FullName}, or null"),
    };
}
