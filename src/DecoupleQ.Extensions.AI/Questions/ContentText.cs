using System.Text;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>The text of a message: that of its contents, one behind the other, as <see cref="ChatMessage.Text"/> has it.</summary>
/// <param name="place">The message, as errors name it.</param>
internal sealed class ContentText(string place)
{
    private readonly StringBuilder _text = new();

    /// <summary>Adds a content.</summary>
    /// <exception cref="DecoupleQException">It is no text.</exception>
    public void Add(AIContent content, int index)
    {
        switch (content)
        {
            case TextContent text:
                _text.Append(text.Text);
                break;
            // What an earlier answer cost is not part of it.
            case UsageContent:
                break;
            default:
                throw Refused(content, place, index);
        }
    }

    /// <summary>Refuses a content.</summary>
    public static DecoupleQException Refused(AIContent? content, string place, int index)
    {
        string kind = content switch
        {
            null => "null",
            DataContent data => $"{nameof(DataContent)} ({data.MediaType})",
            UriContent uri => $"{nameof(UriContent)} ({uri.MediaType})",
            _ => content.GetType().Name,
        };
        return Refusal.Of(
            $"{place}.Contents[{index}]", $"The model cannot be told a {kind} there.",
            "text; beside it, in messages of the assistant, calls and reasoning; in messages of tools, results of calls");
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
