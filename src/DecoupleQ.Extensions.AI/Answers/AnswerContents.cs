using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Answers;

/// <summary>Makes contents of the tokens of an answer: text and reasoning as they come, calls once they are complete. One that was cut is none.</summary>
/// <param name="reader">Tells the answer's parts apart.</param>
/// <param name="showsReasoning">Whether reasoning is given.</param>
internal sealed class AnswerContents(AnswerReader reader, bool showsReasoning)
{
    private readonly Dictionary<int, (ToolCallBegin Begin, StringBuilder Arguments)> _calls = [];

    /// <summary>Tokens so far.</summary>
    public int Tokens { get; private set; }

    /// <summary>Of them, those of reasoning.</summary>
    public int ReasoningTokens { get; private set; }

    /// <summary>Whether there was a complete call.</summary>
    public bool HasCalls { get; private set; }

    /// <summary>Takes the next token.</summary>
    /// <returns>What is certain with it, perhaps nothing.</returns>
    public IReadOnlyList<AIContent> Push(GeneratedToken token)
    {
        Tokens++;
        IReadOnlyList<AnswerUpdate> updates = reader.Push(token);
        if (updates.Any(update => update is ReasoningText))
        {
            ReasoningTokens++;
        }
        return [.. updates.Select(Content).OfType<AIContent>()];
    }

    private AIContent? Content(AnswerUpdate update)
    {
        switch (update)
        {
            case AnswerText text:
                return new TextContent(text.Text);
            case ReasoningText reasoning:
                return showsReasoning ? new TextReasoningContent(reasoning.Text) : null;
            case ToolCallBegin begin:
                _calls[begin.Index] = (begin, new());
                return null;
            case ToolCallArguments arguments:
                _calls[arguments.Index].Arguments.Append(arguments.Text);
                return null;
            case ToolCallEnd end:
                HasCalls = true;
                (ToolCallBegin call, StringBuilder written) = _calls[end.Index];
                return FunctionCallContent.CreateFromParsedArguments(written.ToString(), call.Id, call.Name, Parsed);
            default:
                throw new InvalidOperationException($"There is no content for {update.GetType().Name}.");
        }
    }

    private static IDictionary<string, object?> Parsed(string arguments) => JsonSerializer.Deserialize(
        arguments, (JsonTypeInfo<IDictionary<string, object?>>)AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)))!;
}
