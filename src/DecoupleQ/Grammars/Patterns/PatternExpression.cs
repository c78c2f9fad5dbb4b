using DecoupleQ.Grammars.Expressions;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Grammars.Patterns;

/// <summary>What a pattern stands for, as an expression over bytes.</summary>
internal static class PatternExpression
{
    /// <summary>The texts that a pattern is, as UTF-8.</summary>
    /// <exception cref="DecoupleQException">Anchors stand within it, and it has too many states.</exception>
    public static Expression Whole(Pattern pattern, string field) => Of(pattern, isWhole: true, Plain, field);

    /// <summary>The texts that a pattern is, or in which it is found.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="isWhole">Whether it is the whole text.</param>
    /// <param name="spell">What a code point of a set is written as.</param>
    /// <param name="field">What errors call it.</param>
    /// <exception cref="DecoupleQException">Anchors stand within it, and it has too many states.</exception>
    public static Expression Of(Pattern pattern, bool isWhole, Func<CodePointSet, IReadOnlyList<ByteMachine>> spell, string field)
    {
        if (pattern.Trimmed() is not var (middle, fromBeginning, toEnd))
        {
            return TextMachine.Of(pattern, isWhole, field).Spelled(spell);
        }
        Expression anything = Expression.Any(Expression.Either(spell(CodePointSet.All)));
        var known = new Dictionary<CodePointSet, Expression>(ReferenceEqualityComparer.Instance);
        return Expression.Chain(
            isWhole || fromBeginning ? Expression.Empty : anything,
            Build(middle),
            isWhole || toEnd ? Expression.Empty : anything);

        Expression Build(Pattern part) => part switch
        {
            Pattern.Characters characters => Set(characters.Set),
            Pattern.Chain chain => Expression.Chain([.. chain.Parts.Select(Build)]),
            Pattern.Either either => Expression.Either([.. either.Parts.Select(Build)]),
            Pattern.Repeated repeated => new Repetition(Build(repeated.Part), repeated.Least, repeated.Most),
            _ => Expression.Empty,
        };

        Expression Set(CodePointSet set)
        {
            if (!known.TryGetValue(set, out Expression? spelled))
            {
                known.Add(set, spelled = Expression.Either(spell(set)));
            }
            return spelled;
        }
    }

    private static IReadOnlyList<ByteMachine> Plain(CodePointSet set) => [Utf8Machine.Of(set)];
}
