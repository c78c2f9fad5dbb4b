using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Storage;

namespace DecoupleQ.Chat;

/// <summary>
/// Conversations as JSON: an array of messages as in OpenAI's API, each with a <c>role</c>, mostly a <c>content</c>, and whatever else a template reads
/// (<c>tool_calls</c>, <c>reasoning_content</c>).
/// </summary>
public static class ConversationJson
{
    private const string Expected = "an array of messages, each an object with a role, as in [{\"role\": \"user\", \"content\": \"Hi\"}]";

    private static readonly JsonSerializerOptions Written =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The most bytes that a conversation may have.</summary>
    public static long MostBytes => FileKind.Conversation.MostBytes;

    /// <summary>Reads the messages in a file.</summary>
    /// <exception cref="DecoupleQException">The file cannot be read, or is no such array.</exception>
    public static JsonArray Read(string path)
    {
        CheckFile(path, Expected);
        return Parse(StoredFile.ReadAll(path, FileKind.Conversation), path);
    }

    /// <summary>Reads messages that come from no file, such as standard input.</summary>
    /// <param name="json">UTF-8. It is disposed.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="DecoupleQException">It cannot be read, has more than <see cref="MostBytes"/>, or is no such array.</exception>
    public static JsonArray Read(Stream json, string name)
    {
        ArgumentNullException.ThrowIfNull(json);
        using var bounded = new BoundedStream(json, name, FileKind.Conversation);
        using var content = new MemoryStream();
        bounded.CopyTo(content);
        return Parse(content.GetBuffer().AsMemory(0, (int)content.Length), name);
    }

    /// <summary>Reads the messages in <paramref name="json"/>.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="DecoupleQException">It is no such array.</exception>
    public static JsonArray Parse(ReadOnlyMemory<byte> json, string name)
    {
        JsonArray messages = ParseArray(json, name, Expected);
        foreach ((int index, JsonNode? message) in messages.Index())
        {
            if (message is not JsonObject fields || fields["role"] is not JsonValue role || role.GetValueKind() != JsonValueKind.String)
            {
                throw new DecoupleQException("The message has no role that is a text.", name, $"[{index}]", Expected);
            }
        }
        return messages;
    }

    /// <summary>Reads an array in a file, such as the tools that a model may call.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What errors say was expected.</param>
    /// <exception cref="DecoupleQException">The file cannot be read, or is no array.</exception>
    public static JsonArray ReadArray(string path, string expected) => ParseArray(StoredFile.ReadAll(path, FileKind.Conversation), path, expected);

    /// <summary>The messages of such an array. A content that is no text, such as a list of parts or none, is kept for the template.</summary>
    public static IReadOnlyList<ChatMessage> ToMessages(JsonArray messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return [.. messages.Select(message => Message((JsonObject)message!))];
    }

    /// <summary>The array of <paramref name="messages"/>.</summary>
    public static JsonArray Of(IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return [.. messages.Select(message =>
        {
            var fields = new JsonObject { ["role"] = message.Role, ["content"] = message.Content };
            foreach ((string name, JsonNode? value) in message.MoreFields ?? [])
            {
                fields[name] = value?.DeepClone();
            }
            return (JsonNode)fields;
        })];
    }

    /// <summary>Writes a conversation to a file. One that is there is replaced if it is a conversation too.</summary>
    /// <exception cref="DecoupleQException">The file is something else, or cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<ChatMessage> messages)
    {
        string target = LinkedPath.Target(path);
        ParentFolder.CheckThere(target);
        if (File.Exists(path))
        {
            try
            {
                Read(path);
            }
            catch (DecoupleQException error)
            {
                throw new DecoupleQException(
                    "The file is there, and is no conversation.", path, expected: "a new file, or one that was saved before", inner: error);
            }
        }
        // What a link leads to is replaced, not the link.
        byte[] json = Encoding.UTF8.GetBytes(Of(messages).ToJsonString(Written) + "\n");
        // Whole or not at all, as it may be the only copy.
        new DurableWriter("a place for a file") { IsAmongOthers = true }.Write(target, json);
    }

    // Reading from a pipe, or writing to one, waits for whoever is at its other end.
    private static void CheckFile(string path, string expected)
    {
        try
        {
            RegularFile.CheckReplaceable(LinkedPath.Target(path));
        }
        catch (DecoupleQException error) when (error.InnerException is null)
        {
            throw new DecoupleQException("This is a device or a pipe.", path, expected: expected, inner: error);
        }
    }

    private static JsonArray ParseArray(ReadOnlyMemory<byte> json, string name, string expected) =>
        JsonFile.ParseAny(json, name) is { ValueKind: JsonValueKind.Array } array
            ? JsonArray.Create(array)!
            : throw new DecoupleQException("The JSON is no array.", name, expected: expected);

    private static ChatMessage Message(JsonObject fields)
    {
        bool isText = fields["content"] is JsonValue content && content.GetValueKind() == JsonValueKind.String;
        var more = new JsonObject();
        foreach ((string name, JsonNode? value) in fields.Where(field => field.Key != "role" && !(field.Key == "content" && isText)))
        {
            more[name] = value?.DeepClone();
        }
        return new ChatMessage(fields["role"]!.GetValue<string>(), isText ? fields["content"]!.GetValue<string>() : "")
        {
            MoreFields = more.Count > 0 ? more : null,
        };
    }
}
