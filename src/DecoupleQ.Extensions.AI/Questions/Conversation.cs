using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>Messages in the form of OpenAI's API, which the library's templates take.</summary>
internal static class Conversation
{
    private const string Developer = "developer";

    /// <summary>Brings a conversation into that form.</summary>
    /// <param name="messages">The conversation.</param>
    /// <param name="instructions">What is put before it, in its first system message if it begins with one; null for nothing.</param>
    /// <exception cref="DecoupleQException">A message holds what the model cannot be told; the message and the content are named.</exception>
    public static JsonArray Read(IEnumerable<ChatMessage> messages, string? instructions)
    {
        var conversation = new JsonArray();
        int index = 0;
        foreach (ChatMessage message in messages)
        {
            foreach (JsonObject read in Message(message, $"messages[{index++}]"))
            {
                conversation.Add((JsonNode)read);
            }
        }
        if (!string.IsNullOrEmpty(instructions))
        {
            Instruct(conversation, instructions);
        }
        return conversation.Count > 0 ? conversation : throw Refusal.Of("messages", "There are none.", "at least one");
    }

    // Many templates take one system message and no more.
    private static void Instruct(JsonArray conversation, string instructions)
    {
        if (conversation is [JsonObject first, ..] && (string?)first["role"] is string role && role is Chat.ChatMessage.System or Developer)
        {
            string said = (string?)first["content"] ?? "";
            first["content"] = said.Length > 0 ? $"{instructions}\n\n{said}" : instructions;
            return;
        }
        conversation.Insert(0, new JsonObject { ["role"] = Chat.ChatMessage.System, ["content"] = instructions });
    }

    private static IEnumerable<JsonObject> Message(ChatMessage? message, string place)
    {
        if (message is null)
        {
            throw Refusal.Of(place, "There is no message.", "a message");
        }
        string role = message.Role.Value;
        return role == ChatRole.Tool.Value ? ToolResults.Read(message, place)
            : role == ChatRole.Assistant.Value ? [Named(message, AssistantMessage.Read(message, place))]
            : role == ChatRole.System.Value || role == ChatRole.User.Value || role == Developer ? [Named(message, Said(message, role, place))]
            : throw Refusal.Of($"{place}.Role", $"There is no role '{role}'.", "system, developer, user, assistant or tool");
    }

    private static JsonObject Said(ChatMessage message, string role, string place)
    {
        var text = new ContentText(place);
        for (int i = 0; i < message.Contents.Count; i++)
        {
            text.Add(message.Contents[i], i);
        }
        return new JsonObject { ["role"] = role, ["content"] = text.ToString() };
    }

    private static JsonObject Named(ChatMessage message, JsonObject read)
    {
        if (message.AuthorName is string author)
        {
            read["name"] = author;
        }
        return read;
    }
}
