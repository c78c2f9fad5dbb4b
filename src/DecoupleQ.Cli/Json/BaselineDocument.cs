namespace DecoupleQ.Cli.Json;

/// <summary>What <c>baseline --json</c> prints.</summary>
/// <param name="Output">The file.</param>
/// <param name="Model">The name that the model is served by.</param>
/// <param name="Routes">What was asked for, and how it was answered.</param>
internal sealed record BaselineDocument(string Output, string Model, IReadOnlyDictionary<string, BaselineDocument.Route> Routes)
{
    /// <param name="Answers">Answers.</param>
    /// <param name="Means">The mean of each signal.</param>
    internal sealed record Route(int Answers, IReadOnlyDictionary<string, double> Means);
}
