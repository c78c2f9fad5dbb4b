namespace DecoupleQ.Server;

/// <summary>A second model that answers some of the requests: whether it is as good as the first shows before all of them are its own.</summary>
public sealed record CanaryOptions
{
    /// <summary>The model: a folder, dense or packed, or a GGUF file; another one than the first.</summary>
    public required string Model { get; init; }

    /// <summary>The name that requests call it by; null for that of its folder or file. Not the first one's.</summary>
    public string? Name { get; init; }

    /// <summary>Which share of those who ask it answers, from 0 to 1; at 0, only requests that name it.</summary>
    public required double Share { get; init; }

    /// <summary>
    /// The share of tokens, from 0 to 1, in whose place it must have the same most probable one as the first model, on answers that are replayed
    /// (<see cref="ServerOptions.ShadowRate"/>); once the whole 95 % interval is below, it answers no more. Null for no such limit.
    /// </summary>
    public double? MinAgreement { get; init; }

    /// <summary>A baseline of its own: once its answers differ from that, it answers no more. Null for none.</summary>
    public string? Baseline { get; init; }
}
