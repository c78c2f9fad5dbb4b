using DecoupleQ.Evaluation.Texts;

namespace DecoupleQ.Evaluation.Metrics;

/// <summary>Right is an answer whose last number is one of the accepted ones, but for a relative difference.</summary>
internal sealed class NumberMetric : TextMetric
{
    private readonly WrittenNumber[] _accepted;
    private readonly double _tolerance;

    /// <param name="accepted">The numbers, as texts.</param>
    /// <param name="tolerance">The most that an answer may differ by, as a share of the number; of 0, the most itself.</param>
    /// <exception cref="DecoupleQException">One is no number.</exception>
    public NumberMetric(IEnumerable<string> accepted, double tolerance)
    {
        _accepted = [.. accepted.Select(Read)];
        _tolerance = tolerance;
    }

    /// <inheritdoc/>
    public override Judgement Judge(string answer)
    {
        WrittenNumber[] numbers = [.. WrittenNumber.In(FoldedText.Of(answer))];
        return Judgement.Of(numbers.Length > 0 && _accepted.Any(number => numbers[^1].IsWithin(number, _tolerance)));
    }

    private static WrittenNumber Read(string text) => WrittenNumber.Of(text)
        ?? throw new DecoupleQException($"'{text}' is no number.", expected: "a number by itself, such as 42, -1,234.5 or 45%");
}
