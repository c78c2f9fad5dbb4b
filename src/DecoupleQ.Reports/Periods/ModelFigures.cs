using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>What a model did in a period.</summary>
/// <param name="name">Its name.</param>
public sealed class ModelFigures(string name)
{
    private const int MostRoutes = 32;

    private readonly SortedSet<string> _parts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, AnswerFigures> _routes = new(StringComparer.Ordinal);
    private readonly NewestEntries<SelfCheckEntry> _failed = new(50);
    private readonly SortedDictionary<string, BaselineEntry> _baselines = new(StringComparer.Ordinal);
    private ServerEntry? _before, _last;

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>The parts that it played: <c>primary</c>, <c>canary</c> ..; none if the log does not tell of a start.</summary>
    public IEnumerable<string> Parts => _before is null ? _parts : _parts.Append(_before.Part).Distinct().Order(StringComparer.Ordinal);

    /// <summary>Its fingerprint when it was last started; null if the log does not tell of a start.</summary>
    public string? Fingerprint => (_last ?? _before)?.Fingerprint;

    /// <summary>How many times a server of it began in the period.</summary>
    public int Starts { get; private set; }

    /// <summary>All answers.</summary>
    public AnswerFigures Answers { get; } = new();

    /// <summary>Answers by what was asked for.</summary>
    public IReadOnlyDictionary<string, AnswerFigures> Routes => _routes;

    /// <summary>What answers to each route were last compared with, if the log tells.</summary>
    public IReadOnlyDictionary<string, BaselineEntry> Baselines => _baselines;

    /// <summary>Entries that the log lacks, as they could not be written.</summary>
    public long LostEntries { get; private set; }

    /// <summary>Answers that were to be compared with another model's, and were not.</summary>
    public long LostReplays { get; private set; }

    /// <summary>Self-checks of the period.</summary>
    public long SelfChecks { get; private set; }

    /// <summary>Of them, those that failed.</summary>
    public long FailedSelfChecks { get; private set; }

    /// <summary>The last of those that failed, the earliest first.</summary>
    public IReadOnlyList<SelfCheckEntry> LastFailures => _failed.InOrder();

    internal void Add(AnswerEntry answer)
    {
        Answers.Add(answer);
        // A server has few routes; a file that somebody made may have any number.
        string route = _routes.ContainsKey(answer.Route) || _routes.Count < MostRoutes ? answer.Route : "...";
        if (!_routes.TryGetValue(route, out AnswerFigures? figures))
        {
            _routes.Add(route, figures = new());
        }
        figures.Add(answer);
    }

    /// <summary>Whether it did anything in the period; else all that is known of it is that it was started before.</summary>
    internal bool IsActive { get; set; }

    internal void Add(ServerEntry server)
    {
        Starts++;
        _parts.Add(server.Part);
        _last = Later(_last, server);
    }

    internal void Add(LossEntry loss)
    {
        LostEntries += loss.Entries;
        LostReplays += loss.Replays;
    }

    /// <summary>Takes a baseline, of the period or of before it.</summary>
    internal void Add(BaselineEntry baseline)
    {
        bool isKnown = _baselines.TryGetValue(baseline.Route, out BaselineEntry? known);
        if (isKnown ? known!.Time <= baseline.Time : _baselines.Count < MostRoutes)
        {
            _baselines[baseline.Route] = baseline;
        }
    }

    /// <summary>Takes a start of before the period: the model still plays that part when the period begins.</summary>
    internal void AddBefore(ServerEntry server) => _before = Later(_before, server);

    internal void Add(SelfCheckEntry check)
    {
        SelfChecks++;
        if (!check.Passed)
        {
            FailedSelfChecks++;
            _failed.Add(check);
        }
    }

    private static ServerEntry Later(ServerEntry? known, ServerEntry other) => known is null || known.Time <= other.Time ? other : known;
}
