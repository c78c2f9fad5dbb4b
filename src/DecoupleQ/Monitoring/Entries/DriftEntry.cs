using System.Text.Json.Serialization;

namespace DecoupleQ.Monitoring.Entries;

/// <summary>Answers have begun to differ from the baseline, or do so no more.</summary>
public sealed record DriftEntry : MonitorEntry
{
    /// <summary>What was asked for.</summary>
    public required string Route { get; init; }

    /// <summary>Whether they differ.</summary>
    public required bool Drifting { get; init; }

    /// <summary>The signals that differ: <c>entropy</c>, <c>log_probability</c> ..; none if they do no more.</summary>
    public IReadOnlyList<SignalDifference> Signals { get; init; } = [];
}

/// <summary>How a signal differs from the baseline in a window of answers.</summary>
/// <param name="Signal">Its name.</param>
/// <param name="PValue">How probable so large a difference is where nothing has changed.</param>
/// <param name="Baseline">Its mean in the baseline.</param>
/// <param name="Window">Its mean in the window.</param>
[method: JsonConstructor]
public readonly record struct SignalDifference(string Signal, double PValue, double Baseline, double Window);

/// <summary>The model was given the baseline's reference texts again.</summary>
public sealed record SelfCheckEntry : MonitorEntry
{
    /// <summary>Whether it finds them as probable as it did.</summary>
    public required bool Passed { get; init; }

    /// <summary>The mean of the absolute differences of the tokens' log-probabilities, in nats.</summary>
    public required double Difference { get; init; }
}
