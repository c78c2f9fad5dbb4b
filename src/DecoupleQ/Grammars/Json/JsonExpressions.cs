using System.Text;
using System.Text.Json;
using DecoupleQ.Grammars.Expressions;

namespace DecoupleQ.Grammars.Json;

/// <summary>
/// JSON as RFC 8259 has it, with blanks between tokens bounded: none, one space, or a line's end and at most 32 spaces or tabs, behind <c>{ [ , :</c> and
/// before <c>} ]</c>. An exponent has at most two digits, so that numbers are finite.
/// </summary>
internal static class JsonExpressions
{
    /// <summary>How deep values may be nested: what readers take unless they are told otherwise (64), and a little less.</summary>
    public const int MostDepth = 62;

    private const int MostIndentation = 32;

    /// <summary>Blanks between tokens; maybe none.</summary>
    public static Expression Blanks { get; } = new Rule("blanks", Expression.Maybe(Expression.Either(
        Expression.Of(" "),
        Expression.Chain(
            Expression.Maybe(Expression.Of("\r")),
            Expression.Of("\n"),
            new Repetition(Expression.Either(Expression.Of(" "), Expression.Of("\t")), 0, MostIndentation)))));

    /// <summary>A comma, and blanks. One part of a grammar, so that what may follow it is there once in each place.</summary>
    public static Expression Comma { get; } = new Rule("comma", Expression.Chain(Expression.Of(","), Blanks));

    /// <summary>A code point in a string, in any spelling.</summary>
    public static Expression Character { get; } = BuildCharacter();

    /// <summary>Any string.</summary>
    public static Expression String { get; } = new Rule("string", Quoted(Expression.Any(Character)));

    /// <summary>A whole number, without fraction and exponent.</summary>
    public static Expression Integer { get; } = new Rule("integer", BuildInteger());

    /// <summary>Any number.</summary>
    public static Expression Number { get; } = new Rule("number", Expression.Chain(
        BuildInteger(),
        Expression.Maybe(Expression.Chain(Expression.Of("."), Expression.Some(Digit))),
        Expression.Maybe(Expression.Chain(
            OneOf("eE"), Expression.Maybe(OneOf("+-")), Digit, Expression.Maybe(Digit)))));

    /// <summary>true or false.</summary>
    public static Expression Boolean { get; } = ByteMachine.Words(["true"u8.ToArray(), "false"u8.ToArray()]);

    /// <summary>null.</summary>
    public static Expression Null { get; } = Expression.Of("null");

    /// <summary>Any value.</summary>
    public static Rule Value { get; } = new("value");

    /// <summary>Any object.</summary>
    public static Expression Object { get; } = BuildObject();

    /// <summary>Any array.</summary>
    public static Expression Array { get; } = BuildArray();

    private static Expression Digit => ByteMachine.Range((byte)'0', (byte)'9');

    static JsonExpressions() => Value.Body = Expression.Either(Object, Array, String, Number, Boolean, Null);

    /// <summary>A string of that content.</summary>
    public static Expression Quoted(Expression content) => Expression.Chain(Expression.Of("\""), content, Expression.Of("\""));

    /// <summary>A member of an object.</summary>
    /// <param name="name">The name with its quotation marks.</param>
    /// <param name="value">The value.</param>
    public static Expression Member(Expression name, Expression value) => Expression.Chain(name, Expression.Of(":"), Blanks, value);

    /// <summary>A value as it stands in a document: strings in their shortest spelling, numbers as they are written, blanks as everywhere.</summary>
    public static Expression Constant(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                IEnumerable<Expression> members = value.EnumerateObject()
                    .Select(member => Member(new Literal(JsonSpelling.Quoted(member.Name)), Constant(member.Value)));
                return Enclosed("{", [.. members], "}");
            case JsonValueKind.Array:
                return Enclosed("[", [.. value.EnumerateArray().Select(Constant)], "]");
            default:
                return new Literal(ScalarBytes(value));
        }
    }

    /// <summary>The bytes of a value that is no object and no array.</summary>
    public static byte[] ScalarBytes(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? JsonSpelling.Quoted(value.GetString()!) : Encoding.UTF8.GetBytes(value.GetRawText());

    private static Expression Enclosed(string opening, Expression[] parts, string closing)
    {
        List<Expression> all = [Expression.Of(opening), Blanks];
        for (int i = 0; i < parts.Length; i++)
        {
            if (i > 0)
            {
                all.Add(Comma);
            }
            all.Add(parts[i]);
        }
        if (parts.Length > 0)
        {
            all.Add(Blanks);
        }
        all.Add(Expression.Of(closing));
        return Expression.Chain(all);
    }

    private static Expression BuildObject() => List("{", Member(String, Value), "}");

    private static Expression BuildArray() => List("[", Value, "]");

    private static Expression List(string opening, Expression item, string closing) => Expression.Chain(
        Expression.Of(opening),
        Blanks,
        Expression.Maybe(Expression.Chain(item, Expression.Any(Expression.Chain(Comma, item)), Blanks)),
        Expression.Of(closing));

    private static Expression BuildInteger() => Expression.Chain(
        Expression.Maybe(Expression.Of("-")),
        Expression.Either(Expression.Of("0"), Expression.Chain(ByteMachine.Range((byte)'1', (byte)'9'), Expression.Any(Digit))));

    private static Expression BuildCharacter()
    {
        Expression hex = OneOf("0123456789abcdefABCDEF");
        Expression lower = Expression.Chain(OneOf("0123456789abcABCefEF"), hex, hex, hex);
        Expression belowSurrogates = Expression.Chain(OneOf("dD"), OneOf("01234567"), hex, hex);
        Expression pair = Expression.Chain(OneOf("dD"), OneOf("89abAB"), hex, hex, Expression.Of("\\u"), OneOf("dD"), OneOf("cdefCDEF"), hex, hex);
        return Expression.Either(
            Utf8Machine.Of(JsonSpelling.Plain),
            Expression.Chain(
                Expression.Of("\\"),
                Expression.Either(OneOf("\"\\/bfnrt"), Expression.Chain(Expression.Of("u"), Expression.Either(lower, belowSurrogates, pair)))));
    }

    private static Expression OneOf(string characters) => ByteMachine.Words(characters.Select(character => new[] { (byte)character }));
}
