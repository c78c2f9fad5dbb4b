using DecoupleQ.Grammars.Expressions;

namespace DecoupleQ.Grammars.Automata;

/// <summary>
/// A pushdown automaton over bytes. Its positions have steps that take a byte and calls; every position can reach the end of its part, and no part calls itself
/// before it has taken a byte. Immutable.
/// </summary>
internal sealed class Automaton
{
    /// <summary>What is called.</summary>
    /// <param name="Entry">Its first position. A text that has entered it has at least one byte in it.</param>
    /// <param name="Least">How many times its body comes at least.</param>
    /// <param name="Most">How many times at most; -1 for any number.</param>
    /// <param name="Depth">How many calls within calls its shortest way to the end takes.</param>
    public readonly record struct Callee(int Entry, int Least, int Most, int Depth);

    /// <summary>A call.</summary>
    /// <param name="Callee">What is called.</param>
    /// <param name="Return">The position after it.</param>
    /// <param name="IsLast">Whether nothing can come after it in its part.</param>
    public readonly record struct Call(int Callee, int Return, bool IsLast);

    /// <summary>A place in the grammar.</summary>
    /// <param name="Edges">Steps that take a byte.</param>
    /// <param name="Calls">What may be called here.</param>
    /// <param name="IsFinal">Whether its part may end here.</param>
    /// <param name="Control">The number of the control token that stands here in place of the bytes, where the vocabulary has it; else -1.</param>
    /// <param name="Depth">How many calls within calls the shortest way from here to the end of its part takes.</param>
    public sealed record Position(ByteMachine.Edge[] Edges, Call[] Calls, bool IsFinal, int Control, int Depth);

    public required Position[] Positions { get; init; }

    /// <summary>Number 0 is the whole grammar.</summary>
    public required Callee[] Callees { get; init; }

    /// <summary>By callee: its place in an order in which each comes before those that it may call at once.</summary>
    public required int[] Order { get; init; }

    /// <summary>Whether the empty text is one of the grammar's.</summary>
    public required bool AcceptsEmpty { get; init; }

    /// <summary>The texts of the control tokens, by number.</summary>
    public required string[] Controls { get; init; }

    /// <summary>By byte: the number of its class. Bytes of a class are alike to every position.</summary>
    public required byte[] ClassOf { get; init; }

    /// <summary>One byte of each class.</summary>
    public required byte[] Representatives { get; init; }

    /// <summary>The deepest nesting.</summary>
    public required int MostDepth { get; init; }

    /// <summary>Compiles an expression.</summary>
    /// <param name="expression">The texts.</param>
    /// <param name="mostDepth">How deep they may be nested.</param>
    /// <exception cref="DecoupleQException">It is too large, has no text, or a rule begins with itself.</exception>
    public static Automaton Of(Expression expression, int mostDepth = AutomatonLimits.DefaultDepth) =>
        AutomatonCompiler.Compile(StateNetwork.Of(expression), mostDepth);
}
