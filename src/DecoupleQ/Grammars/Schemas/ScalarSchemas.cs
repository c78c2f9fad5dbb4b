using System.Numerics;
using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Grammars.Json;
using DecoupleQ.Grammars.Patterns;

namespace DecoupleQ.Grammars.Schemas;

/// <summary>What schemas that all apply to a value say of strings and numbers.</summary>
internal static class ScalarSchemas
{
    /// <summary>The strings.</summary>
    /// <exception cref="DecoupleQException">A keyword is wrong, or they take too many states.</exception>
    public static Expression Strings(IReadOnlyList<SchemaNode> schemas)
    {
        (int least, int? most, string lengthField) = (0, null, "");
        var patterns = new List<(string Text, bool IsWhole, string Pointer)>();
        foreach (SchemaNode schema in schemas)
        {
            if (schema.Keyword("minLength") is { } minimum)
            {
                (least, lengthField) = (Math.Max(least, minimum.Count()), minimum.Pointer);
            }
            if (schema.Keyword("maxLength") is { } maximum)
            {
                (most, lengthField) = (Math.Min(most ?? int.MaxValue, maximum.Count()), maximum.Pointer);
            }
            if (schema.Keyword("pattern") is { } pattern)
            {
                patterns.Add((pattern.Text(), false, pattern.Pointer));
            }
            if (schema.Keyword("format") is { } format)
            {
                patterns.Add(StringFormats.Patterns.TryGetValue(format.Text(), out string? known)
                    ? (known, true, format.Pointer)
                    : throw format.Error($"The format {format.Text()} is not supported.", string.Join(", ", StringFormats.Patterns.Keys)));
            }
        }
        if (most < least)
        {
            return Expression.Nothing;
        }
        if (patterns.Count == 0)
        {
            return (least, most) == (0, null)
                ? JsonExpressions.String
                : JsonExpressions.Quoted(new Repetition(JsonExpressions.Character, least, most));
        }
        if (patterns.Count == 1 && (least, most) == (0, null))
        {
            (string text, bool isWhole, string pointer) = patterns[0];
            return JsonExpressions.Quoted(PatternExpression.Of(PatternReader.Read(text, pointer), isWhole, JsonSpelling.Of, pointer));
        }
        TextMachine? all = null;
        foreach ((string text, bool isWhole, string pointer) in patterns.DistinctBy(pattern => (pattern.Text, pattern.IsWhole)))
        {
            var one = TextMachine.Of(PatternReader.Read(text, pointer), isWhole, pointer);
            all = all is null ? one : TextMachine.Both(all, one, pointer);
        }
        return JsonExpressions.Quoted(TextMachine.WithLength(all!, least, most, lengthField).Spelled(JsonSpelling.Of));
    }

    /// <summary>The numbers.</summary>
    /// <param name="schemas">The schemas.</param>
    /// <param name="isWhole">Whether only whole ones are meant.</param>
    /// <exception cref="DecoupleQException">A keyword is wrong.</exception>
    public static NumberRange Numbers(IReadOnlyList<SchemaNode> schemas, bool isWhole)
    {
        var range = new NumberRange(isWhole);
        foreach (SchemaNode schema in schemas)
        {
            range = WithLow(range, schema.Keyword("minimum")?.Number(), excludes: false);
            range = WithLow(range, schema.Keyword("exclusiveMinimum")?.Number(), excludes: true);
            range = WithHigh(range, schema.Keyword("maximum")?.Number(), excludes: false);
            range = WithHigh(range, schema.Keyword("exclusiveMaximum")?.Number(), excludes: true);
            if (schema.Keyword("multipleOf")?.Number() is { } step)
            {
                range = range with { Step = range.Step is { } known ? LeastCommon(known, step) : step };
            }
        }
        return range;
    }

    private static NumberRange WithLow(NumberRange range, DecimalNumber? bound, bool excludes) =>
        bound is { } low && (range.Low is not { } known || low.CompareTo(known) is int order && (order > 0 || order == 0 && excludes))
            ? range with { Low = low, ExcludesLow = excludes }
            : range;

    private static NumberRange WithHigh(NumberRange range, DecimalNumber? bound, bool excludes) =>
        bound is { } high && (range.High is not { } known || high.CompareTo(known) is int order && (order < 0 || order == 0 && excludes))
            ? range with { High = high, ExcludesHigh = excludes }
            : range;

    private static DecimalNumber LeastCommon(DecimalNumber a, DecimalNumber b)
    {
        int scale = Math.Max(a.Scale, b.Scale);
        (BigInteger x, BigInteger y) = (a.ScaledTo(scale), b.ScaledTo(scale));
        BigInteger digits = x / BigInteger.GreatestCommonDivisor(x, y) * y;
        while (scale > 0 && digits % 10 == 0)
        {
            (digits, scale) = (digits / 10, scale - 1);
        }
        return new(digits, scale);
    }
}
