using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>What was measured of a model, round by round.</summary>
/// <param name="levels">Numbers of requests together, ascending; the first is 1.</param>
internal sealed class ModelTimes(IReadOnlyList<int> levels)
{
    private readonly List<double>[] _rates = [.. levels.Select(_ => new List<double>())];
    private readonly List<IReadOnlyList<double>>[] _tokens = [.. levels.Select(_ => new List<IReadOnlyList<double>>())];

    /// <summary>Seconds of each load.</summary>
    public List<double> Loads { get; } = [];

    /// <summary>Seconds until the first token of one request, of each round.</summary>
    public List<double> FirstTokens { get; } = [];

    /// <summary>Tokens of the prompt a second, of each round.</summary>
    public List<double> Prefills { get; } = [];

    /// <summary>Tokens a second of one request, of each round.</summary>
    public IReadOnlyList<double> Decodes => _rates[0];

    /// <summary>Adds what a round measured.</summary>
    /// <param name="level">The place of the number of requests in the levels.</param>
    /// <param name="group">What was asked.</param>
    /// <param name="times">What it took.</param>
    public void Add(int level, RequestGroup group, GroupTimes times)
    {
        if (level == 0)
        {
            FirstTokens.Add(times.FirstTokenSeconds);
            Prefills.Add(group.PromptTokens / times.FirstTokenSeconds);
        }
        _rates[level].Add(times.TokensPerSecond);
        _tokens[level].Add(times.TokenSeconds);
    }

    /// <summary>Of each number of requests, this model's figures over another's, measured in the same rounds.</summary>
    /// <param name="other">The other model.</param>
    public IReadOnlyList<LoadRatio> Over(ModelTimes other) =>
    [
        .. levels.Select((requests, i) => new LoadRatio(
            requests, PairedRatio.Of(_rates[i], other._rates[i]), PairedRatio.Of([.. _tokens[i].Select(Slow)], [.. other._tokens[i].Select(Slow)]))),
    ];

    /// <summary>All rounds together.</summary>
    public ModelSpeed Figures()
    {
        LoadSpeed[] loads =
        [
            .. levels.Select((requests, i) => new LoadSpeed(requests, Quantiles.Spread(_rates[i]), Quantiles.Times(_tokens[i]))),
        ];
        return new ModelSpeed(Quantiles.Spread(Loads), Quantiles.Spread(FirstTokens), loads[0].TokenSeconds, Quantiles.Spread(Prefills), loads);
    }

    // What is slow in a round.
    private static double Slow(IReadOnlyList<double> times) => Quantiles.Slow(times);
}
