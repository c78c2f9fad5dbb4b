namespace DecoupleQ.Monitoring.Entries;

/// <summary>An answer of a model, token by token before another model: how far their distributions are apart.</summary>
public sealed record ComparisonEntry : MonitorEntry
{
    /// <summary>The answer's id (<see cref="AnswerEntry.Id"/>).</summary>
    public required string Id { get; init; }

    /// <summary>What was asked for.</summary>
    public required string Route { get; init; }

    /// <summary>The name of the model that it is compared with.</summary>
    public required string Reference { get; init; }

    /// <summary>Tokens of the answer.</summary>
    public required int Tokens { get; init; }

    /// <summary>KL(reference || model) in nats, summed over the tokens.</summary>
    public required double KlDivergence { get; init; }

    /// <summary>Tokens in whose place both have the same most probable one.</summary>
    public required int Agreements { get; init; }

    /// <summary>The answer's negative log-likelihood by the model, in nats.</summary>
    public required double LogLoss { get; init; }

    /// <summary>The answer's negative log-likelihood by the reference, in nats.</summary>
    public required double ReferenceLogLoss { get; init; }
}
