namespace DecoupleQ.Grammars.Expressions;

/// <summary>A set of texts, as bytes: what a grammar is made of. Immutable but for the body of a <see cref="Rule"/>, which may name the rule itself.</summary>
internal abstract class Expression
{
    /// <summary>The empty text.</summary>
    public static Expression Empty { get; } = new Sequence([]);

    /// <summary>No text at all.</summary>
    public static Expression Nothing { get; } = new Choice([]);

    /// <summary>A text, in UTF-8; a surrogate without its pair is U+FFFD.</summary>
    public static Expression Of(string text) => text.Length == 0 ? Empty : new Literal(Tokenization.Unicode.Utf8.Bytes(text));

    /// <summary>One after the other.</summary>
    public static Expression Chain(params IReadOnlyList<Expression> parts) => parts.Count == 1 ? parts[0] : new Sequence(parts);

    /// <summary>One of them.</summary>
    public static Expression Either(params IReadOnlyList<Expression> parts) => parts.Count == 1 ? parts[0] : new Choice(parts);

    /// <summary>It, or nothing.</summary>
    public static Expression Maybe(Expression part) => new Repetition(part, 0, 1);

    /// <summary>Any number of it.</summary>
    public static Expression Any(Expression part) => new Repetition(part, 0, null);

    /// <summary>Any number of it, at least one.</summary>
    public static Expression Some(Expression part) => new Repetition(part, 1, null);
}

/// <summary>The bytes one after the other.</summary>
/// <param name="bytes">At least one.</param>
internal sealed class Literal(byte[] bytes) : Expression
{
    public byte[] Bytes { get; } = bytes;
}

/// <summary>All parts, in their order.</summary>
internal sealed class Sequence(IReadOnlyList<Expression> parts) : Expression
{
    public IReadOnlyList<Expression> Parts { get; } = parts;
}

/// <summary>One of the parts.</summary>
internal sealed class Choice(IReadOnlyList<Expression> parts) : Expression
{
    public IReadOnlyList<Expression> Parts { get; } = parts;
}

/// <summary>The part, several times.</summary>
/// <param name="part">What is repeated.</param>
/// <param name="least">How often at least, from 0.</param>
/// <param name="most">How often at most, not below <paramref name="least"/>; null for any number.</param>
internal sealed class Repetition(Expression part, int least, int? most) : Expression
{
    public Expression Part { get; } = part;

    public int Least { get; } = least;

    public int? Most { get; } = most;
}

/// <summary>What a name stands for. Where it is part of its own body, directly or not, texts are nested.</summary>
/// <param name="name">What errors call it.</param>
internal sealed class Rule(string name) : Expression
{
    public Rule(string name, Expression body)
        : this(name) => Body = body;

    public string Name { get; } = name;

    /// <summary>Set before the grammar is compiled.</summary>
    public Expression Body { get; set; } = Nothing;
}

/// <summary>
/// A text that is one control token where the vocabulary has such a token (<c>&lt;tool_call&gt;</c>), and is spelled like any other where it has none.
/// </summary>
/// <param name="text">At least one character.</param>
internal sealed class ControlToken(string text) : Expression
{
    public string Text { get; } = text;
}

/// <summary>States with steps between them that stand for expressions; state 0 is where it starts.</summary>
/// <param name="steps">By state: what is read on the way, null for nothing, and the state that follows.</param>
/// <param name="final">The state in which it ends.</param>
internal sealed class Diagram(IReadOnlyList<IReadOnlyList<(Expression? Read, int Target)>> steps, int final) : Expression
{
    public IReadOnlyList<IReadOnlyList<(Expression? Read, int Target)>> Steps { get; } = steps;

    public int Final { get; } = final;
}
