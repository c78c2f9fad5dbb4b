namespace DecoupleQ.Cli.Json;

/// <summary>What <c>serve --json</c> prints once it listens.</summary>
/// <param name="Model">What requests call the model.</param>
/// <param name="Canary">What they call the second model; absent if there is none.</param>
/// <param name="Addresses">Where it listens.</param>
internal sealed record ServeDocument(string Model, string? Canary, IReadOnlyList<string> Addresses);
