using DecoupleQ.Monitoring.Entries;

namespace DecoupleQ.Reports.Periods;

/// <summary>A time in which a model's answers to a route differed from the baseline.</summary>
/// <param name="Model">The model.</param>
/// <param name="Route">What was asked for.</param>
/// <param name="Began">When; null if the log does not go back so far.</param>
/// <param name="Ended">When; null if it goes on.</param>
/// <param name="Restarted">Whether it ended since the server began anew, which forgets the last answers.</param>
/// <param name="Signals">The signals that differed, with what they were when it was first seen.</param>
public sealed record DriftPeriod(
    string Model, string Route, DateTimeOffset? Began, DateTimeOffset? Ended, bool Restarted, IReadOnlyList<SignalDifference> Signals);
