using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Generation;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Protocol;

namespace DecoupleQ.Server.Endpoints;

/// <summary>A request for answers to a conversation.</summary>
/// <param name="Question">The conversation, and how it is to be answered.</param>
/// <param name="Count">Answers.</param>
/// <param name="Stream">Whether what is written is sent as it comes.</param>
/// <param name="StreamUsage">Whether the stream ends with the number of tokens.</param>
internal sealed record ChatRequest(ChatQuestion Question, int Count, bool Stream, bool StreamUsage)
{
    private const string MessagesField = "messages";

    /// <summary>Reads a request.</summary>
    /// <exception cref="ApiException">A field is not what it may be.</exception>
    public static ChatRequest Read(RequestFields fields, ServedModel served, ServerOptions options)
    {
        int? tokens = fields.Whole("max_completion_tokens", OptionRange.Whole(1)) ?? fields.Whole("max_tokens", OptionRange.Whole(1));
        // Known, even where the other one is there.
        fields.Accept("max_tokens");
        bool logs = fields.Flag("logprobs") ?? false;
        int? best = fields.Whole("top_logprobs", GenerationRanges.LogProbabilities);
        if (best is not null && !logs)
        {
            throw ApiException.Invalid("top_logprobs", "No log-probabilities are asked for.", "logprobs: true beside it");
        }
        GenerationOptions sampling = SamplingFields.Read(fields, Math.Min(tokens ?? options.MaxTokens, options.MaxTokens)) with
        {
            LogProbabilities = logs ? best ?? 0 : null,
        };
        int count = fields.Whole("n", CommonFields.Choices) ?? 1;
        (bool stream, bool usage) = CommonFields.Stream(fields);
        CommonFields.AcceptHarmless(fields);
        RefuseUnsupported(fields);
        var question = new ChatQuestion
        {
            Messages = ReadMessages(fields),
            Tools = ToolFields.Tools(fields),
            ToolChoice = ToolFields.Choice(fields),
            ParallelToolCalls = fields.Flag("parallel_tool_calls") ?? true,
            Format = FormatFields.Read(fields),
            TemplateVariables = Variables(fields, served.RequireChat()),
            Options = sampling,
        };
        fields.RefuseOthers();
        return new(question, count, stream, usage);
    }

    private static void RefuseUnsupported(RequestFields fields)
    {
        fields.Refuse("store", "Nothing is stored here (expected: false, or nothing)", "false");
        fields.Refuse("modalities", "Answers are text (expected: [\"text\"], or nothing)", "[\"text\"]");
        fields.Refuse("audio", "Answers are text.");
        fields.Refuse("prediction", "Predicted output is not used.");
        fields.Refuse("web_search_options", "There is no search.");
        fields.Refuse("functions", "It was replaced by tools.");
        fields.Refuse("function_call", "It was replaced by tool_choice.");
        fields.Refuse("reasoning_effort", "Models here have no such setting; some templates have one (chat_template_kwargs).");
        fields.Refuse("verbosity", "Models here have no such setting.");
    }

    private static JsonObject? Variables(RequestFields fields, ChatModel chat)
    {
        const string Name = "chat_template_kwargs";
        if (fields.Any(Name) is not JsonElement given)
        {
            return null;
        }
        if (given.ValueKind != JsonValueKind.Object)
        {
            throw fields.WrongType(Name, "an object of the template's variables");
        }
        if (given.EnumerateObject().Select(field => field.Name).FirstOrDefault(name => name.Length == 0 || !chat.Mentions(name)) is string unknown)
        {
            throw ApiException.Unsupported($"{fields.PathOf(Name)}.{unknown}", "The chat template has no such variable.");
        }
        return JsonObject.Create(given);
    }

    private static JsonArray ReadMessages(RequestFields fields)
    {
        IReadOnlyList<JsonElement> messages = fields.List(MessagesField) ?? throw fields.Missing(MessagesField);
        if (messages.Count == 0)
        {
            throw ApiException.Invalid(MessagesField, "There are none.", "at least one");
        }
        return [.. messages.Select((message, index) => ChatMessages.Read(RequestFields.Of(message, $"{MessagesField}[{index}]")))];
    }
}
