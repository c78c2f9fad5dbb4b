using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Server.Protocol;

namespace DecoupleQ.Server.Endpoints.Responses;

/// <summary>A response while it is made: what comes of an answer becomes items, and events that tell of them.</summary>
/// <param name="request">What was asked.</param>
/// <param name="model">The model's name.</param>
internal sealed class ResponseBuilder(ResponseRequest request, string model)
{
    private const string InProgress = "in_progress", Completed = "completed", Incomplete = "incomplete";

    private readonly string _id = Identity.New("resp_");
    private readonly long _created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    private readonly List<JsonObject> _events = [];
    private readonly JsonArray _output = [];
    private readonly StringBuilder _text = new();
    private JsonObject? _item;
    private int _sequence;

    /// <summary>Tells that it begins.</summary>
    public IReadOnlyList<JsonObject> Begin()
    {
        Tell("response.created", ("response", Whole(InProgress, null, null)));
        Tell("response.in_progress", ("response", Whole(InProgress, null, null)));
        return Take();
    }

    /// <summary>Adds a part of the answer.</summary>
    public IReadOnlyList<JsonObject> Add(AnswerUpdate update)
    {
        switch (update)
        {
            case AnswerText text:
                BeginItem("message", "msg_", item => (item["role"], item["content"]) = ("assistant", new JsonArray()));
                _text.Append(text.Text);
                TellOfPart("response.output_text.delta", ("content_index", 0), ("delta", text.Text), ("logprobs", new JsonArray()));
                break;
            case ReasoningText reasoning:
                BeginItem("reasoning", "rs_", item => (item["summary"], item["content"]) = (new JsonArray(), new JsonArray()));
                _text.Append(reasoning.Text);
                TellOfPart("response.reasoning_text.delta", ("content_index", 0), ("delta", reasoning.Text));
                break;
            case ToolCallBegin begin:
                EndItem(Completed);
                BeginItem("function_call", "fc_", item => (item["call_id"], item["name"], item["arguments"]) = (begin.Id, begin.Name, ""));
                break;
            case ToolCallArguments arguments:
                _text.Append(arguments.Text);
                TellOfPart("response.function_call_arguments.delta", ("delta", arguments.Text));
                break;
            case ToolCallEnd:
                EndItem(Completed);
                break;
        }
        return Take();
    }

    /// <summary>Tells that it ends.</summary>
    /// <param name="isCut">Whether the answer was cut.</param>
    /// <param name="usage">Numbers of tokens.</param>
    public IReadOnlyList<JsonObject> End(bool isCut, Usage usage)
    {
        EndItem(isCut ? Incomplete : Completed);
        Tell(isCut ? "response.incomplete" : "response.completed", ("response", Response(isCut, usage)));
        return Take();
    }

    /// <summary>Tells that it failed.</summary>
    public IReadOnlyList<JsonObject> Fail(ApiException error)
    {
        JsonObject failed = Whole("failed", null, null);
        failed["error"] = new JsonObject { ["code"] = error.Code ?? "server_error", ["message"] = error.Message };
        Tell("response.failed", ("response", failed));
        return Take();
    }

    /// <summary>The whole response.</summary>
    public JsonObject Response(bool isCut, Usage usage) => Whole(
        isCut ? Incomplete : Completed, isCut ? new JsonObject { ["reason"] = "max_output_tokens" } : null, new JsonObject
        {
            ["input_tokens"] = usage.PromptTokens,
            ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = usage.PromptTokensDetails.CachedTokens },
            ["output_tokens"] = usage.CompletionTokens,
            ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = usage.CompletionTokensDetails?.ReasoningTokens ?? 0 },
            ["total_tokens"] = usage.TotalTokens,
        });

    private static JsonObject Part(string type, string text) => type == "message"
        ? new() { ["type"] = "output_text", ["text"] = text, ["annotations"] = new JsonArray(), ["logprobs"] = new JsonArray() }
        : new() { ["type"] = "reasoning_text", ["text"] = text };

    private void BeginItem(string type, string prefix, Action<JsonObject> describe)
    {
        if ((string?)_item?["type"] == type && type != "function_call")
        {
            return;
        }
        EndItem(Completed);
        _item = new JsonObject { ["id"] = Identity.New(prefix), ["type"] = type, ["status"] = InProgress };
        describe(_item);
        Tell("response.output_item.added", ("output_index", _output.Count), ("item", _item.DeepClone()));
        if (type != "function_call")
        {
            TellOfPart("response.content_part.added", ("content_index", 0), ("part", Part(type, "")));
        }
    }

    private void EndItem(string status)
    {
        if (_item is null)
        {
            return;
        }
        string type = (string)_item["type"]!, text = _text.ToString();
        _text.Clear();
        if (type == "function_call")
        {
            TellOfPart("response.function_call_arguments.done", ("arguments", text), ("name", (string?)_item["name"]));
            _item["arguments"] = text;
        }
        else
        {
            (string Column, JsonNode? Value)[] done = [("content_index", 0), ("text", text)];
            TellOfPart(type == "message" ? "response.output_text.done" : "response.reasoning_text.done",
                type == "message" ? [.. done, ("logprobs", new JsonArray())] : done);
            TellOfPart("response.content_part.done", ("content_index", 0), ("part", Part(type, text)));
            _item["content"] = new JsonArray(Part(type, text));
        }
        _item["status"] = status;
        Tell("response.output_item.done", ("output_index", _output.Count), ("item", _item.DeepClone()));
        _output.Add((JsonNode)_item);
        _item = null;
    }

    private void TellOfPart(string type, params ReadOnlySpan<(string Name, JsonNode? Value)> fields) =>
        Tell(type, [("item_id", (string?)_item!["id"]), ("output_index", _output.Count), .. fields]);

    private void Tell(string type, params ReadOnlySpan<(string Name, JsonNode? Value)> fields)
    {
        var told = new JsonObject { ["type"] = type, ["sequence_number"] = _sequence++ };
        foreach ((string name, JsonNode? value) in fields)
        {
            told[name] = value;
        }
        _events.Add(told);
    }

    private JsonObject[] Take()
    {
        JsonObject[] taken = [.. _events];
        _events.Clear();
        return taken;
    }

    private JsonObject Whole(string status, JsonNode? incomplete, JsonNode? usage)
    {
        var whole = new JsonObject
        {
            ["id"] = _id,
            ["object"] = "response",
            ["created_at"] = _created,
            ["status"] = status,
            ["background"] = false,
            ["error"] = null,
            ["incomplete_details"] = incomplete,
            ["model"] = model,
            ["output"] = _output.DeepClone(),
            ["previous_response_id"] = null,
            ["reasoning"] = new JsonObject { ["effort"] = null, ["summary"] = null },
            ["store"] = false,
            ["truncation"] = "disabled",
            ["usage"] = usage,
        };
        foreach ((string name, JsonNode? value) in request.Echo)
        {
            whole[name] = value?.DeepClone();
        }
        return whole;
    }
}
