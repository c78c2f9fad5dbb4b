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
}
