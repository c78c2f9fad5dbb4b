using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DecoupleQ.Chat.Tools;

/// <summary>The form in which a template expects the calls of an answer.</summary>
/// <param name="ArgumentsAreText">Whether arguments are JSON text, as in OpenAI's API, and not what it stands for, as in transformers.</param>
/// <param name="NoContentIsNull">Whether the content of an answer that consists of calls is null, and not the empty text.</param>
internal readonly record struct CallForm(bool ArgumentsAreText, bool NoContentIsNull)
{
    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The content of an answer that has none.</summary>
    public JsonNode? NoContent() => NoContentIsNull ? null : "";

    /// <summary>A call as the template expects it.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="name">The tool.</param>
    /// <param name="arguments">Its arguments; they become part of the call.</param>
    /// <param name="text">The arguments as they were written; null for how <paramref name="arguments"/> are written.</param>
    public JsonObject Call(string id, string name, JsonObject arguments, string? text = null) => new()
    {
        ["id"] = id,
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = name, ["arguments"] = ArgumentsAreText ? text ?? arguments.ToJsonString(Written) : arguments },
    };
}
