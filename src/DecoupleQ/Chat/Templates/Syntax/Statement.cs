namespace DecoupleQ.Chat.Templates.Syntax;

/// <summary>A statement of a template, or what is printed between statements.</summary>
/// <param name="Line">Its line, from 1.</param>
internal abstract record Statement(int Line);

/// <summary>Text of the template.</summary>
internal sealed record DataStatement(int Line, string Text) : Statement(Line);

/// <summary><c>{{ expression }}</c></summary>
internal sealed record PrintStatement(int Line, Expression Value) : Statement(Line);

/// <summary><c>{% if %}</c> with its <c>elif</c> and <c>else</c>.</summary>
internal sealed record IfStatement(
    int Line, IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else) : Statement(Line);

/// <summary><c>{% for target in items if condition %}</c> with its <c>else</c>.</summary>
internal sealed record ForStatement(
    int Line, AssignmentTarget Target, Expression Items, Expression? Condition, IReadOnlyList<Statement> Body,
    IReadOnlyList<Statement> Else) : Statement(Line)
{
    /// <summary>Whether its variable <c>loop</c> can be called with items of an item.</summary>
    public bool IsRecursive { get; init; }
}

/// <summary><c>{% set target = value %}</c></summary>
internal sealed record SetStatement(int Line, AssignmentTarget Target, Expression Value) : Statement(Line);

/// <summary><c>{% set target | filter %} ... {% endset %}</c>: what the body prints.</summary>
internal sealed record SetBlockStatement(
    int Line, AssignmentTarget Target, IReadOnlyList<(string Name, CallArguments Arguments)> Filters, IReadOnlyList<Statement> Body) : Statement(Line);

/// <summary><c>{% macro name(parameters) %}</c></summary>
internal sealed record MacroStatement(
    int Line, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body) : Statement(Line)
{
    /// <summary>Whether it takes more values than it has parameters (<c>varargs</c>).</summary>
    public bool TakesMore { get; init; }

    /// <summary>Whether it takes values by names that are no parameters (<c>kwargs</c>).</summary>
    public bool TakesMoreNamed { get; init; }

    /// <summary>Whether it can be called with a block (<c>caller</c>).</summary>
    public bool TakesCaller { get; init; }
}

/// <summary><c>{% call(parameters) macro(arguments) %}</c></summary>
internal sealed record CallStatement(int Line, CallExpression Call, MacroStatement Caller) : Statement(Line);

/// <summary><c>{% filter name | other %}</c>: what the body prints, filtered.</summary>
internal sealed record FilterStatement(
    int Line, IReadOnlyList<(string Name, CallArguments Arguments)> Filters, IReadOnlyList<Statement> Body) : Statement(Line);

/// <summary><c>{% with a = b %}</c>; also <c>{% generation %}</c>, which marks what the assistant says for training and prints its body.</summary>
internal sealed record ScopeStatement(
    int Line, IReadOnlyList<(AssignmentTarget Target, Expression Value)> Variables, IReadOnlyList<Statement> Body) : Statement(Line);

/// <summary><c>{% break %}</c> or <c>{% continue %}</c></summary>
internal sealed record LoopControlStatement(int Line, bool IsBreak) : Statement(Line);

/// <summary>What a value is assigned to.</summary>
internal abstract record AssignmentTarget;

/// <summary>A variable.</summary>
internal sealed record NameTarget(string Name) : AssignmentTarget;

/// <summary>An attribute of a namespace.</summary>
internal sealed record NamespaceTarget(string Namespace, string Attribute) : AssignmentTarget;

/// <summary>Targets that the items of a list go to, one each.</summary>
internal sealed record TupleTarget(IReadOnlyList<AssignmentTarget> Items) : AssignmentTarget;
