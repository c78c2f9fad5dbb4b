using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>The comparisons with the largest KL divergence a token, of any number; then their answers, when the log is read again.</summary>
internal sealed class LargestDifferences
{
    /// <summary>How many.</summary>
    public const int Most = 20;

    // A conversation that fills the model's context is more than a page shows of it.
    private const int MostCharacters = 1200;

    private readonly PriorityQueue<ComparisonEntry, (double, DateTimeOffset)> _largest = new();
    private readonly Dictionary<(string Model, string Id), AnswerEntry> _answers = [];

    public bool IsEmpty => _largest.Count == 0;

    /// <param name="entry">Of at least one token.</param>
    public void Add(ComparisonEntry entry)
    {
        _largest.Enqueue(entry, (DifferingAnswer.PerToken(entry), entry.Time));
        if (_largest.Count > Most)
        {
            _largest.Dequeue();
        }
    }

    /// <summary>Takes all answers once the comparisons are known, and keeps those that belong to them.</summary>
    public void Find(IEnumerable<AnswerEntry> answers)
    {
        HashSet<(string, string)> wanted = [.. _largest.UnorderedItems.Select(item => (item.Element.Model, item.Element.Id))];
        foreach (AnswerEntry answer in answers)
        {
            if (wanted.Contains((answer.Model, answer.Id)))
            {
                _answers[(answer.Model, answer.Id)] = answer with { Prompt = Cut(answer.Prompt), Answer = Cut(answer.Answer) };
            }
        }
    }

    /// <summary>The answers, the one that differs most first.</summary>
    public IReadOnlyList<DifferingAnswer> InOrder() =>
    [
        .. _largest.UnorderedItems.OrderByDescending(item => item.Priority)
            .Select(item => new DifferingAnswer(item.Element, _answers.GetValueOrDefault((item.Element.Model, item.Element.Id)))),
    ];

    private static string? Cut(string? text)
    {
        if (text is null || text.Length <= MostCharacters)
        {
            return text;
        }
        int length = char.IsHighSurrogate(text[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters;
        return $"{text[..length]} \u2026 (+{text.Length - length})";
    }
}
