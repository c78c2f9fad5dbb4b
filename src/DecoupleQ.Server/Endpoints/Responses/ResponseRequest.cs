using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Generation;
using DecoupleQ.Server.Protocol;

namespace DecoupleQ.Server.Endpoints.Responses;

/// <summary>A request for a response: what is asked, and what the response says of it again.</summary>
/// <param name="Question">The conversation, and how it is to be answered.</param>
/// <param name="Stream">Whether events are sent as they come.</param>
/// <param name="Echo">Fields of the request that the response has, too.</param>
internal sealed record ResponseRequest(ChatQuestion Question, bool Stream, JsonObject Echo)
{
    private const string InputField = "input";

    // What the response says again, and what it says where the request has no such field.
    private static readonly (string Name, string Default)[] Echoed =
    [
        ("instructions", "null"), ("max_output_tokens", "null"), ("metadata", "{}"), ("parallel_tool_calls", "true"), ("temperature", "null"),
        ("text", """{"format": {"type": "text"}}"""), ("tool_choice", "\"auto\""), ("tools", "[]"), ("top_p", "null"), ("user", "null"),
    ];

    /// <summary>Reads a request.</summary>
    /// <exception cref="ApiException">A field is not what it may be.</exception>
    public static ResponseRequest Read(RequestFields fields, ServerOptions options)
    {
        JsonObject echo = [];
        foreach ((string name, string otherwise) in Echoed)
        {
            echo[name] = JsonNode.Parse(fields.Any(name)?.GetRawText() ?? otherwise);
        }
        int? tokens = fields.Whole("max_output_tokens", OptionRange.Whole(1));
        GenerationOptions sampling = SamplingFields.Read(fields, Math.Min(tokens ?? options.MaxTokens, options.MaxTokens));
        bool stream = fields.Flag("stream") ?? false;
        RequestFields? text = fields.Section("text"), streaming = fields.Section("stream_options");
        CommonFields.AcceptHarmless(fields);
        streaming?.Accept("include_obfuscation");
        streaming?.RefuseOthers();
        RefuseUnsupported(fields);
        var question = new ChatQuestion
        {
            Messages = ResponseInput.Messages(fields, InputField, fields.Text("instructions")),
            Tools = ToolFields.FlatTools(fields),
            ToolChoice = ToolFields.FlatChoice(fields),
            ParallelToolCalls = fields.Flag("parallel_tool_calls") ?? true,
            Format = text is null ? null : FormatFields.ReadFlat(text),
            Options = sampling,
        };
        text?.Refuse("verbosity", "Models here have no such setting.");
        text?.RefuseOthers();
        fields.RefuseOthers();
        return new(question, stream, echo);
    }

    private static void RefuseUnsupported(RequestFields fields)
    {
        const string Stateless = "Nothing is stored here: a request brings its whole conversation.";
        fields.Refuse("previous_response_id", Stateless);
        fields.Refuse("conversation", Stateless);
        fields.Refuse("store", Stateless + " (expected: false, or nothing)", "false");
        fields.Refuse("background", Stateless + " (expected: false, or nothing)", "false");
        fields.Refuse("include", "There is nothing more to include (expected: [], or nothing)", "[]");
        fields.Refuse("truncation", "A conversation beyond the context is refused (expected: disabled, or nothing)", "\"disabled\"");
        fields.Refuse("reasoning", "Models here have no such setting.");
        fields.Refuse("prompt", "There are no stored prompts.");
        fields.Refuse("max_tool_calls", "Tools are called by the client.");
        fields.Refuse("top_logprobs", "Log-probabilities are given by /v1/chat/completions.", "0");
    }
}
