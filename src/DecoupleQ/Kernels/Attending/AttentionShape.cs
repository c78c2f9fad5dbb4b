namespace DecoupleQ.Kernels.Attending;

/// <summary>The shape of a grouped-query attention.</summary>
/// <param name="Heads">Query heads; a multiple of <paramref name="KeyValueHeads"/>.</param>
/// <param name="KeyValueHeads">Key and value heads.</param>
/// <param name="HeadSize">Features of a query or key head.</param>
/// <param name="Scale">Factor on the scores, usually 1 / sqrt(HeadSize).</param>
/// <param name="Window">A query sees this many positions, its own among them; null for all earlier ones.</param>
internal readonly record struct AttentionShape(int Heads, int KeyValueHeads, int HeadSize, float Scale, int? Window = null)
{
    private readonly int? _valueSize;

    /// <summary>Features of a value head, and of a head of the output; as many as <see cref="HeadSize"/> unless it is said.</summary>
    public int ValueSize
    {
        get => _valueSize ?? HeadSize;
        init => _valueSize = value == HeadSize ? null : value;
    }

    /// <summary>Query heads that share a key and value head.</summary>
    public int Group => Heads / KeyValueHeads;

    /// <summary>The first position that the query at <paramref name="position"/> sees.</summary>
    public int FirstVisible(int position) => Window is int window ? Math.Max(0, position - window + 1) : 0;
}
