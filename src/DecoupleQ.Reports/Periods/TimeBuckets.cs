using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>
/// Figures of answers over time, by model: pieces of a period, which become wider as it becomes longer, so that they are never more than a plot shows.
/// </summary>
public sealed class TimeBuckets
{
    /// <summary>The most pieces: a week of hours.</summary>
    public const int MostPieces = 168;

    private Dictionary<long, Dictionary<string, AnswerFigures>> _pieces = [];
    private long _first = long.MaxValue, _last = long.MinValue;

    /// <summary>How long a piece is.</summary>
    public TimeSpan Width { get; private set; } = BucketWidth.Smallest;

    /// <summary>The pieces from the first with an answer to the last, also those between without one.</summary>
    public IEnumerable<(DateTimeOffset Start, IReadOnlyDictionary<string, AnswerFigures> Models)> All
    {
        get
        {
            for (long index = _first; index <= _last; index++)
            {
                yield return (BucketWidth.StartOf(index, Width), _pieces.GetValueOrDefault(index) ?? []);
            }
        }
    }

    internal void Add(AnswerEntry answer)
    {
        long index = BucketWidth.IndexOf(answer.Time, Width);
        while (Math.Max(_last, index) - Math.Min(_first, index) >= MostPieces)
        {
            Widen();
            index = BucketWidth.IndexOf(answer.Time, Width);
        }
        (_first, _last) = (Math.Min(_first, index), Math.Max(_last, index));
        Figures(_pieces, index, answer.Model).Add(answer);
    }

    private void Widen()
    {
        TimeSpan wider = BucketWidth.After(Width);
        long times = wider.Ticks / Width.Ticks;
        var pieces = new Dictionary<long, Dictionary<string, AnswerFigures>>();
        foreach ((long index, Dictionary<string, AnswerFigures> models) in _pieces)
        {
            foreach ((string model, AnswerFigures figures) in models)
            {
                Figures(pieces, index / times, model).Add(figures);
            }
        }
        (_pieces, Width, _first, _last) = (pieces, wider, _first / times, _last / times);
    }

    private static AnswerFigures Figures(Dictionary<long, Dictionary<string, AnswerFigures>> pieces, long index, string model)
    {
        if (!pieces.TryGetValue(index, out Dictionary<string, AnswerFigures>? models))
        {
            pieces.Add(index, models = []);
        }
        if (!models.TryGetValue(model, out AnswerFigures? figures))
        {
            models.Add(model, figures = new());
        }
        return figures;
    }
}
