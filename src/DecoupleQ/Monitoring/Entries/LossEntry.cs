namespace DecoupleQ.Monitoring.Entries;

/// <summary>What a log lacks of a model, since the last such entry.</summary>
public sealed record LossEntry : MonitorEntry
{
    /// <summary>Entries that could not be written in time, or at all.</summary>
    public long Entries { get; init; }

    /// <summary>Answers that were to be compared with another model's, and were not: there was no idle time or no memory for it, or it failed.</summary>
    public long Replays { get; init; }
}
