using System.Text.Json.Serialization;

namespace DecoupleQ.Monitoring.Entries;

/// <summary>A line of the file <c>decoupleq.monitor.jsonl</c>: one thing that happened, when, and to which model.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization)]
[JsonDerivedType(typeof(ServerEntry), "server")]
[JsonDerivedType(typeof(AnswerEntry), "answer")]
[JsonDerivedType(typeof(ComparisonEntry), "comparison")]
[JsonDerivedType(typeof(DriftEntry), "drift")]
[JsonDerivedType(typeof(SelfCheckEntry), "self_check")]
[JsonDerivedType(typeof(ShareEntry), "share")]
[JsonDerivedType(typeof(BaselineEntry), "baseline")]
[JsonDerivedType(typeof(LossEntry), "loss")]
public abstract record MonitorEntry
{
    /// <summary>When, in universal time.</summary>
    [JsonPropertyOrder(-2)]
    public required DateTimeOffset Time { get; init; }

    /// <summary>The model's name, as requests call it.</summary>
    [JsonPropertyOrder(-1)]
    public required string Model { get; init; }
}

/// <summary>The server has begun or ended.</summary>
public sealed record ServerEntry : MonitorEntry
{
    /// <summary>Whether it has begun; else it has ended.</summary>
    public required bool Started { get; init; }

    /// <summary>Changes with the model and with what runs it.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The part that the model plays: <c>primary</c>, <c>canary</c> or <c>shadow</c>.</summary>
    public required string Part { get; init; }
}

/// <summary>The share of requests that a canary answers has changed.</summary>
public sealed record ShareEntry : MonitorEntry
{
    /// <summary>The share from now on, from 0 to 1.</summary>
    public required double Share { get; init; }

    /// <summary>Why.</summary>
    public required ShareReason Reason { get; init; }
}
