namespace DecoupleQ.Chat.Tools;

/// <summary>A call that a model made.</summary>
/// <param name="Id">What the result of the call is to name as <c>tool_call_id</c>.</param>
/// <param name="Name">The tool.</param>
/// <param name="Arguments">The JSON text of its arguments, as the model wrote it.</param>
/// <param name="IsComplete">Whether that is a whole object; else the answer was cut, or stopped being JSON.</param>
public sealed record ToolCall(string Id, string Name, string Arguments, bool IsComplete);
