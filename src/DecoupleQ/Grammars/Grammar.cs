using System.Runtime.CompilerServices;
using System.Text.Json;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Grammars.Automata;
using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Grammars.Gbnf;
using DecoupleQ.Grammars.Json;
using DecoupleQ.Grammars.Patterns;
using DecoupleQ.Grammars.Schemas;

namespace DecoupleQ.Grammars;

/// <summary>A set of texts to which a model's answers can be held. Compiled once; immutable and safe for any number of threads.</summary>
/// <remarks>
/// An answer that ends by itself is one of the grammar's texts; one that is cut, by <c>GenerationOptions.MaxTokens</c> or a stop text, is the beginning of
/// one. What is supported, and what is refused: <c>docs/structured-output.md</c>.
/// </remarks>
public sealed class Grammar
{
    private readonly Automaton _automaton;
    private readonly ConditionalWeakTable<GrammarVocabulary, GrammarMasks> _masks = [];

    private Grammar(Automaton automaton, Expression expression) => (_automaton, Expression) = (automaton, expression);

    /// <summary>What it was compiled from, as a part of other grammars.</summary>
    internal Expression Expression { get; }

    /// <summary>The texts of an expression.</summary>
    /// <exception cref="DecoupleQException">It is too large, has no text, or a rule begins with itself.</exception>
    internal static Grammar Of(Expression expression, int mostDepth = AutomatonLimits.DefaultDepth) => new(Automaton.Of(expression, mostDepth), expression);

    /// <summary>Any JSON object (RFC 8259).</summary>
    public static Grammar Json() => Of(Expression.Chain(JsonExpressions.Blanks, JsonExpressions.Object), JsonExpressions.MostDepth);

    /// <summary>The JSON values that satisfy a schema of draft 2020-12, 2019-09, 7 or 6.</summary>
    /// <param name="schema">The schema.</param>
    /// <exception cref="DecoupleQException">It is no schema, too large, or cannot be honoured; the keyword is named by its JSON pointer.</exception>
    public static Grammar JsonSchema(string schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        using JsonDocument document = SchemaText.Parse(schema);
        return JsonSchema(document.RootElement);
    }

    /// <inheritdoc cref="JsonSchema(string)"/>
    public static Grammar JsonSchema(JsonElement schema) => Of(SchemaExpression(schema), JsonExpressions.MostDepth);

    /// <summary>The texts that a regular expression matches as a whole; as ECMA-262 has it, without what looks around or back.</summary>
    /// <param name="pattern">The expression, without slashes around it.</param>
    /// <exception cref="DecoupleQException">It is wrong, too large, or says what is not supported; the character is named.</exception>
    public static Grammar Regex(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        return Of(PatternExpression.Whole(PatternReader.Read(pattern, nameof(pattern)), nameof(pattern)));
    }

    /// <summary>The texts of the rule <c>root</c> of a grammar in llama.cpp's notation, GBNF.</summary>
    /// <param name="grammar">The grammar.</param>
    /// <exception cref="DecoupleQException">It is wrong, too large, or says what is not supported; the line is named.</exception>
    public static Grammar Gbnf(string grammar)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        return Of(GbnfReader.Read(grammar));
    }

    /// <summary>The JSON values that satisfy a schema, blanks before them included, as a part of a grammar.</summary>
    /// <exception cref="DecoupleQException">It is no schema, or cannot be honoured.</exception>
    internal static Expression SchemaExpression(JsonElement schema)
    {
        SchemaText.Check(schema);
        return Expression.Chain(JsonExpressions.Blanks, SchemaCompiler.Compile(schema));
    }

    /// <summary>A constraint for <c>GenerationOptions.Constraint</c>.</summary>
    /// <param name="vocabulary">The model's.</param>
    /// <returns>
    /// A constraint that follows one answer after the other, or several at once, then more slowly. Those of one grammar and vocabulary share what they find.
    /// </returns>
    public ITokenConstraint Constrain(GrammarVocabulary vocabulary) => new GrammarConstraint(MasksOver(vocabulary));

    /// <summary>Whether a text is one of the grammar's.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="DecoupleQException">It can be read in too many ways.</exception>
    public bool Accepts(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Matcher.Accepts(_automaton, Tokenization.Unicode.Utf8.Bytes(text));
    }

    /// <summary>The grammar over a vocabulary's tokens.</summary>
    internal GrammarMasks MasksOver(GrammarVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        return _masks.GetValue(vocabulary, known => new GrammarMasks(_automaton, known));
    }
}
