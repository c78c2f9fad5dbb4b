namespace DecoupleQ.LlamaCpp;

/// <summary>A runtime that continues several texts at a time.</summary>
internal interface IBatch : IDisposable
{
    /// <summary>What stands in the tables.</summary>
    string Name { get; }

    /// <summary>Continues each prompt by the most probable ids.</summary>
    /// <param name="prompts">Their ids, nothing put before them.</param>
    /// <param name="tokens">How many ids of each are written.</param>
    /// <param name="unwanted">Ids that are not chosen: those that end a text, so that all are of the same length.</param>
    Task<int[][]> ContinueAsync(IReadOnlyList<int[]> prompts, int tokens, IReadOnlyCollection<int> unwanted);
}
