namespace DecoupleQ.Kernels.Attending;

/// <summary>The shape of a grouped-query attention.</summary>
/// <param name="Heads">Query heads; a multiple of <paramref name="KeyValueHeads"/>.</param>
/// <param name="KeyValueHeads">Key and value heads.</param>
/// <param name="HeadSize">Features of a query's and a key's head.</param>
/// <param name="Scale">Factor on the scores, usually 1 / sqrt(HeadSize).</param>
/// <param name="Window">A query sees this many positions, its own among them; null for all earlier ones.</param>
internal readonly record struct AttentionShape(int Heads, int KeyValueHeads, int HeadSize, float Scale, int? Window = null)
{
    /// <summary>Features of a value's head.</summary>
    public int ValueSize { get; init; } = HeadSize;

    /// <summary>Query heads that share a key and value head.</summary>
    public int Group => Heads / KeyValueHeads;

    /// <summary>The first position that the query at <paramref name="position"/> sees.</summary>
    public int FirstVisible(int position) => Window is int window ? Math.Max(0, position - window + 1) : 0;
}
