using DecoupleQ.Generation;

namespace DecoupleQ.Server.Protocol;

/// <summary>Why answers end, in the words of the API.</summary>
internal static class FinishReasons
{
    public const string Stop = "stop", Length = "length", ToolCalls = "tool_calls";

    public static string Of(FinishReason reason) => reason is FinishReason.MaxTokens or FinishReason.ContextFull ? Length : Stop;
}
