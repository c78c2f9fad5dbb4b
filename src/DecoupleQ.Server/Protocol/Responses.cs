using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace DecoupleQ.Server.Protocol;

internal sealed record ErrorBody(ErrorBody.Details Error)
{
    public static ErrorBody Of(ApiException error) => new(new Details(error.Message, error.Type, error.Param, error.Code));

    internal sealed record Details(string Message, string Type, string? Param, string? Code);
}

internal sealed record ModelList(IReadOnlyList<ModelEntry> Data)
{
    public string Object => "list";
}

internal sealed record ModelEntry(string Id, long Created, int MaxModelLen, string OwnedBy = "decoupleq")
{
    public string Object => "model";
}

/// <param name="PromptTokens">Ids of the prompt.</param>
/// <param name="CompletionTokens">Ids that were generated, for all choices.</param>
/// <param name="TotalTokens">Both.</param>
/// <param name="PromptTokensDetails">Of the prompt's, those that were read for an earlier request.</param>
/// <param name="CompletionTokensDetails">Of the answer's, those of the reasoning before it.</param>
internal sealed record Usage(
    int PromptTokens, int CompletionTokens, int TotalTokens, PromptDetails PromptTokensDetails, CompletionDetails? CompletionTokensDetails);

internal sealed record PromptDetails(int CachedTokens);

internal sealed record CompletionDetails(int ReasoningTokens);

internal sealed record ChatCompletion(
    string Id, string Object, long Created, string Model, string SystemFingerprint, IReadOnlyList<ChatChoice> Choices, Usage? Usage);

/// <summary>A choice of a whole answer, or of a chunk of one.</summary>
internal sealed record ChatChoice(int Index)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AnswerMessage? Message { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AnswerDelta? Delta { get; init; }

    public ChoiceLogProbabilities? Logprobs { get; init; }

    public string? FinishReason { get; init; }
}

internal sealed record AnswerMessage(string Role, string? Content)
{
    public string? Refusal => null;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReasoningContent { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CallDelta>? ToolCalls { get; init; }
}

[method: JsonConstructor]
internal sealed record AnswerDelta()
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReasoningContent { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<CallDelta>? ToolCalls { get; init; }
}

/// <summary>A call of a tool, whole or a part of one.</summary>
internal sealed record CallDelta
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Index { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Type { get; init; }

    public required CallFunction Function { get; init; }
}

internal sealed record CallFunction
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Name { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Arguments { get; init; }
}

internal sealed record ChoiceLogProbabilities(IReadOnlyList<TokenEntry> Content)
{
    public IReadOnlyList<TokenEntry>? Refusal => null;
}

internal sealed record TokenEntry(string Token, double Logprob, IReadOnlyList<int> Bytes)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TokenEntry>? TopLogprobs { get; init; }
}

internal sealed record TextCompletion(
    string Id, string Object, long Created, string Model, string SystemFingerprint, IReadOnlyList<TextChoice> Choices, Usage? Usage);

internal sealed record TextChoice(string Text, int Index, TextLogProbabilities? Logprobs, string? FinishReason);

/// <summary>Of each token its text, its log-probability, the best in its place, and where its text begins, in characters.</summary>
internal sealed record TextLogProbabilities(
    IReadOnlyList<string> Tokens, IReadOnlyList<double?> TokenLogprobs, IReadOnlyList<IReadOnlyDictionary<string, double>?>? TopLogprobs,
    IReadOnlyList<int> TextOffset);

internal sealed record EmbeddingList(IReadOnlyList<EmbeddingEntry> Data, string Model, EmbeddingUsage Usage)
{
    public string Object => "list";
}

/// <param name="Index">Which input.</param>
/// <param name="Embedding">A list of numbers, or their bytes (little-endian float32) in base64.</param>
internal sealed record EmbeddingEntry(int Index, JsonElement Embedding)
{
    public string Object => "embedding";
}

internal sealed record EmbeddingUsage(int PromptTokens, int TotalTokens);

internal sealed record PageStatus(
    string Status, string Model, bool Chats, int Running, int Waiting, long KeyValueBytes, long MemoryBytes, long TokensWritten, string? Drift,
    bool LogFails, CanaryBody? Canary);

/// <param name="Status"><c>ok</c>, <c>degraded</c> or <c>stopping</c>.</param>
/// <param name="Model">The first model.</param>
/// <param name="Running">Texts that are being written, by all models.</param>
/// <param name="Waiting">Requests that wait, for any of them.</param>
internal sealed record HealthBody(string Status, string Model, int Running, int Waiting)
{
    /// <summary>Why it is degraded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CanaryBody? Canary { get; init; }
}

/// <param name="Model">The canary's name.</param>
/// <param name="Share">Which share of those who ask it answers now, from 0 to 1.</param>
/// <param name="Reason">Why that fell to 0; null if it did not.</param>
/// <param name="Running">Texts that it is writing.</param>
/// <param name="Waiting">Requests that wait for it.</param>
internal sealed record CanaryBody(string Model, double Share, string? Reason, int Running, int Waiting);

[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelEntry))]
[JsonSerializable(typeof(ChatCompletion))]
[JsonSerializable(typeof(TextCompletion))]
[JsonSerializable(typeof(EmbeddingList))]
[JsonSerializable(typeof(HealthBody))]
[JsonSerializable(typeof(PageStatus))]
[JsonSerializable(typeof(float[]))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(JsonObject))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
internal sealed partial class ServerJson : JsonSerializerContext
{
    /// <summary>As responses are written: what needs no escape has none, as they are no part of a page.</summary>
    public static ServerJson Plain => PlainContext.Instance;

    // Of its own, so that the generated defaults are there before it.
    private static class PlainContext
    {
        public static readonly ServerJson Instance =
            new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
