namespace DecoupleQ.Monitoring.Entries;

/// <summary>The server has begun with a baseline of a route: what its answers are compared with from now on.</summary>
public sealed record BaselineEntry : MonitorEntry
{
    /// <summary>What is asked for.</summary>
    public required string Route { get; init; }

    /// <summary>Answers that the baseline was made of.</summary>
    public required int Answers { get; init; }

    /// <summary>The mean of each signal over these answers, by its name: <c>truncated</c> and <c>empty</c> are shares from 0 to 1.</summary>
    public required IReadOnlyDictionary<string, double> Means { get; init; }
}
