namespace DecoupleQ.Quantization.Training;

/// <summary>
/// Sequences that a block is trained or judged on: what enters the block, and what should leave it. Read one at a time, so they may lie in files.
/// </summary>
internal interface IBlockSamples
{
    /// <summary>Number of sequences.</summary>
    int Count { get; }

    /// <summary>Tokens of a sequence, padding on its right left out or marked by <see cref="Counted"/>.</summary>
    int Tokens(int sequence);

    /// <summary>Fills <paramref name="inputs"/>, tokens x width.</summary>
    void ReadInputs(int sequence, Span<float> inputs);

    /// <summary>Fills <paramref name="targets"/>, tokens x width: what the block's outputs should be.</summary>
    void ReadTargets(int sequence, Span<float> targets);

    /// <summary>
    /// Whether each token counts in the loss; empty if all do. Attention is causal: padding on the right need not be hidden from the tokens before it.
    /// </summary>
    ReadOnlySpan<bool> Counted(int sequence) => [];
}
