namespace DecoupleQ.Cli.Json;

/// <summary>What <c>render --json</c> prints.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="Ids">Its ids.</param>
internal sealed record RenderDocument(string Text, IReadOnlyList<int> Ids);
