using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;

namespace DecoupleQ.Chat.Answers;

/// <summary>A question that is ready to be answered, once or several times.</summary>
public sealed class ChatTurn
{
    private readonly Func<ChatAnswer> _begin;

    internal ChatTurn(ChatPrompt prompt, IReadOnlyList<int> ids, Func<ChatAnswer> begin) => (Prompt, Ids, _begin) = (prompt, ids, begin);

    /// <summary>The prompt.</summary>
    public ChatPrompt Prompt { get; }

    /// <summary>Its ids.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>Begins an answer.</summary>
    public ChatAnswer Begin() => _begin();
}

/// <summary>An answer that begins.</summary>
/// <param name="Options">How it is written; for this one alone.</param>
/// <param name="Reader">Tells its parts apart.</param>
public sealed record ChatAnswer(GenerationOptions Options, AnswerReader Reader);
