namespace DecoupleQ.Chat.Tools;

/// <summary>A part of an answer, as <see cref="AnswerReader"/> tells it apart from the others.</summary>
public abstract record AnswerUpdate
{
    private protected AnswerUpdate()
    {
    }
}

/// <summary>What is said to the user.</summary>
/// <param name="Text">The next piece of it, at least one character.</param>
public sealed record AnswerText(string Text) : AnswerUpdate;

/// <summary>What the model thinks before it answers.</summary>
/// <param name="Text">The next piece of it, at least one character.</param>
public sealed record ReasoningText(string Text) : AnswerUpdate;

/// <summary>A call begins: its name is known, and that its arguments are an object.</summary>
/// <param name="Index">The call's number in the answer, from 0.</param>
/// <param name="Id">What the result of the call is to name as <c>tool_call_id</c>: nine letters and digits.</param>
/// <param name="Name">The tool.</param>
public sealed record ToolCallBegin(int Index, string Id, string Name) : AnswerUpdate;

/// <summary>The next piece of a call's arguments.</summary>
/// <param name="Index">The call's number in the answer.</param>
/// <param name="Text">
/// At least one character of JSON. All pieces of a call together are the model's own spelling of an object, up to where it was cut if no
/// <see cref="ToolCallEnd"/> follows.
/// </param>
public sealed record ToolCallArguments(int Index, string Text) : AnswerUpdate;

/// <summary>The arguments of a call are complete: valid JSON, an object. A call that does not come to this was cut, or stopped being JSON.</summary>
/// <param name="Index">The call's number in the answer.</param>
public sealed record ToolCallEnd(int Index) : AnswerUpdate;
