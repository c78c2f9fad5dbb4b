using DecoupleQ.Chat;
using DecoupleQ.Generation;

namespace DecoupleQ.Extensions.AI.Loading;

/// <summary>Which model a chat client loads, and how it chats.</summary>
public sealed class DecoupleQChatClientOptions : DecoupleQModelOptions
{
    internal const int DefaultMaxOutputTokens = 4096;

    /// <summary>The file of a chat template, for a model that has none or is to have another; null for the model's.</summary>
    public string? ChatTemplate { get; set; }

    /// <summary>The file of a template for conversations with tools, where the chat template does not show them; null for the model's.</summary>
    public string? ToolTemplate { get; set; }

    /// <summary>The most tokens of an answer whose call names no number, at least 1; the context limits it as well. Default 4096.</summary>
    public int MaxOutputTokens { get; set; } = DefaultMaxOutputTokens;

    /// <inheritdoc/>
    public override void Check()
    {
        base.Check();
        GenerationRanges.MaxTokens.Require(MaxOutputTokens, nameof(MaxOutputTokens));
        ChatTemplate? own = ChatTemplate is string file ? Chat.ChatTemplate.LoadFile(file, Model) : Chat.ChatTemplate.LoadIfThere(Model);
        ChatTemplate? tools = ToolTemplate is string other ? Chat.ChatTemplate.LoadFile(other, Model) : null;
        if (own is null && tools is null && Chat.ChatTemplate.LoadForToolsIfThere(Model) is null)
        {
            throw WithoutTemplate(Model);
        }
    }

    /// <summary>Refuses a model that has no template.</summary>
    internal static DecoupleQException WithoutTemplate(string model) =>
        new("The model has no chat template.", model, nameof(ChatTemplate), "a model that was trained for conversations, or the file of a template");
}
