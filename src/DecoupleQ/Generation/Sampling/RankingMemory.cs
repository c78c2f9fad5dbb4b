namespace DecoupleQ.Generation.Sampling;

/// <summary>What a <see cref="Ranking"/> works in; used again for each token.</summary>
internal sealed class RankingMemory
{
    /// <summary>So many tokens are sorted; more are put into finer buckets first.</summary>
    public const int Sortable = 2048;

    /// <summary>All tokens.</summary>
    public Buckets All { get; } = new();

    /// <summary>Those of one bucket.</summary>
    public Buckets Finer { get; } = new();

    /// <summary>Tokens to sort.</summary>
    public ulong[] Sorted { get; } = new ulong[Sortable];
}
