using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Syntax;

/// <summary>An expression of a template.</summary>
/// <param name="Line">Its line, from 1.</param>
internal abstract record Expression(int Line);

/// <summary>A number, string, <c>true</c>, <c>false</c> or <c>none</c>.</summary>
internal sealed record LiteralExpression(int Line, Value Value) : Expression(Line);

/// <summary>A variable.</summary>
internal sealed record NameExpression(int Line, string Name) : Expression(Line);

/// <summary><c>[a, b]</c>, or the tuple <c>(a, b)</c>.</summary>
internal sealed record ListExpression(int Line, IReadOnlyList<Expression> Items, bool IsTuple) : Expression(Line);

/// <summary><c>{'a': 1}</c></summary>
internal sealed record MappingExpression(int Line, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Line);

/// <summary><c>a.name</c></summary>
internal sealed record AttributeExpression(int Line, Expression Of, string Name) : Expression(Line);

/// <summary><c>a[index]</c></summary>
internal sealed record ItemExpression(int Line, Expression Of, Expression Index) : Expression(Line);

/// <summary><c>a[start:stop:step]</c></summary>
internal sealed record SliceExpression(int Line, Expression Of, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line);

/// <summary>What stands in the parentheses of a call.</summary>
/// <param name="Positional">Arguments without a name.</param>
/// <param name="Named">Arguments with a name.</param>
internal sealed record CallArguments(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    /// <summary><c>*list</c>: more arguments without a name; null if there are none.</summary>
    public Expression? Rest { get; init; }

    /// <summary><c>**mapping</c>: more arguments with a name; null if there are none.</summary>
    public Expression? NamedRest { get; init; }

    public static CallArguments None { get; } = new([], []);
}

/// <summary><c>f(a, b=c)</c></summary>
internal sealed record CallExpression(int Line, Expression Callee, CallArguments Arguments) : Expression(Line);

/// <summary><c>a | name(b)</c></summary>
internal sealed record FilterExpression(int Line, Expression Input, string Name, CallArguments Arguments) : Expression(Line);

/// <summary><c>a is name(b)</c></summary>
internal sealed record TestExpression(int Line, Expression Input, string Name, CallArguments Arguments) : Expression(Line);

/// <summary><c>not a</c>, <c>-a</c> or <c>+a</c>.</summary>
internal sealed record UnaryExpression(int Line, string Operator, Expression Operand) : Expression(Line);

/// <summary><c>a + b</c> and the other operators of arithmetic.</summary>
internal sealed record BinaryExpression(int Line, string Operator, Expression Left, Expression Right) : Expression(Line);

/// <summary><c>a and b</c> or <c>a or b</c>: the operand that decides, not a boolean.</summary>
internal sealed record LogicalExpression(int Line, bool IsAnd, Expression Left, Expression Right) : Expression(Line);

/// <summary><c>a &lt; b &lt;= c</c>, where each neighbouring pair must hold; also <c>in</c> and <c>not in</c>.</summary>
internal sealed record ComparisonExpression(int Line, Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest) : Expression(Line);

/// <summary><c>a ~ b</c>: the texts of both.</summary>
internal sealed record ConcatenationExpression(int Line, IReadOnlyList<Expression> Parts) : Expression(Line);

/// <summary><c>a if condition else b</c>; undefined where there is no <c>else</c>.</summary>
internal sealed record ConditionalExpression(int Line, Expression Condition, Expression Then, Expression? Else) : Expression(Line);
