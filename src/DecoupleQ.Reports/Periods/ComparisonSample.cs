using DecoupleQ.Monitoring.Comparisons;
using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>Comparisons of two models, a random sample of them where they are too many (Vitter's algorithm R, 1985).</summary>
internal sealed class ComparisonSample(string model, string reference)
{
    /// <summary>The most that are kept: intervals of more would be narrower than anybody asks.</summary>
    public const int Most = 5000;

    // Of few answers an interval is too wide to show a change.
    private const int MostPieces = 48, AnswersOfPiece = 25;

    // Any; the same, so that the same log gives the same page.
    private SplitMix64 _random = new(20_241_104);

    private readonly List<ComparisonEntry> _entries = [];
    private long _added;

    /// <param name="entry">Of at least one token.</param>
    public void Add(ComparisonEntry entry)
    {
        _added++;
        if (_entries.Count < Most)
        {
            _entries.Add(entry);
        }
        else if ((long)(_random.NextDouble() * _added) is long place && place < Most)
        {
            _entries[(int)place] = entry;
        }
    }

    public ComparisonFigures Figures()
    {
        // The intervals depend on the order, which is not to depend on the files'.
        ComparisonEntry[] entries = [.. _entries.OrderBy(entry => entry.Time).ThenBy(entry => entry.Id, StringComparer.Ordinal)];
        int pieceCount = Math.Clamp(entries.Length / AnswersOfPiece, 1, MostPieces);
        TimeSpan width = BucketWidth.For(entries[0].Time, entries[^1].Time, pieceCount);
        IEnumerable<ComparisonPiece> pieces = entries.GroupBy(entry => BucketWidth.IndexOf(entry.Time, width)).Select(piece =>
        {
            DateTimeOffset start = BucketWidth.StartOf(piece.Key, width);
            return new ComparisonPiece(start, BucketWidth.MiddleOf(start, width), ComparisonSummary.Of([.. piece]));
        });
        return new(model, reference, _added, _added > Most, ComparisonSummary.Of(entries), [.. pieces]);
    }
}
