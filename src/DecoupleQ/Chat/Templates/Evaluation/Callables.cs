using DecoupleQ.Chat.Templates.Syntax;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>A function, or a macro of the template.</summary>
/// <param name="name">Its name.</param>
/// <param name="body">What a call does.</param>
internal sealed class FunctionValue(string name, Func<TemplateRun, Arguments, Value> body) : Value
{
    public string Name => name;

    /// <summary>The macro that it is; null for a function that is not the template's own.</summary>
    public MacroStatement? Macro { get; init; }

    public override string Kind => "a function";

    public override bool IsTrue => true;

    public Value Call(TemplateRun run, Arguments arguments) => body(run, arguments);
}

/// <summary>A method of a value, such as <c>text.strip</c>.</summary>
/// <param name="receiver">The value.</param>
/// <param name="name">The method's name.</param>
internal sealed class MethodValue(Value receiver, string name) : Value
{
    public Value Receiver => receiver;

    public string Name => name;

    public override string Kind => "a method";

    public override bool IsTrue => true;
}
