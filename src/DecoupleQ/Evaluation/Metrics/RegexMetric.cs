using System.Text.RegularExpressions;

namespace DecoupleQ.Evaluation.Metrics;

/// <summary>Right is an answer that a pattern matches somewhere, in time that is linear in the answer.</summary>
internal sealed class RegexMetric : TextMetric
{
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private readonly Regex[] _patterns;

    /// <param name="patterns">The patterns.</param>
    /// <exception cref="DecoupleQException">One is no pattern, or needs backtracking.</exception>
    public RegexMetric(IEnumerable<string> patterns) => _patterns = [.. patterns.Select(Compile)];

    /// <inheritdoc/>
    public override Judgement Judge(string answer) => Judgement.Of(_patterns.Any(pattern => pattern.IsMatch(answer)));

    private static Regex Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, Options);
        }
        catch (ArgumentException error)
        {
            throw new DecoupleQException($"It is no pattern: {error.Message}", expected: "a regular expression of .NET", inner: error);
        }
        catch (NotSupportedException error)
        {
            throw new DecoupleQException(
                "The pattern is too large, or needs backtracking.", expected: "one without look-around, references back, atomic groups and conditions",
                inner: error);
        }
    }
}
