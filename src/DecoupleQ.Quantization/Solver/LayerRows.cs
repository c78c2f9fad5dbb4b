namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// Some consecutive rows of a layer's weights, and how they are quantized. Rows are independent problems, so every step works on any run of them.
/// </summary>
/// <param name="weights">B, <paramref name="count"/> x <paramref name="inputs"/>, row-major.</param>
/// <param name="count">Rows.</param>
/// <param name="inputs">n.</param>
/// <param name="format">Bits and groups.</param>
internal readonly ref struct LayerRows(ReadOnlySpan<float> weights, int count, int inputs, QuantizationFormat format)
{
    /// <summary>B, Count x Inputs, row-major.</summary>
    public ReadOnlySpan<float> Weights { get; } = weights;

    /// <summary>Rows.</summary>
    public int Count { get; } = count;

    /// <summary>n.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>Bits and groups.</summary>
    public QuantizationFormat Format { get; } = format;

    /// <summary>Columns that share an (s, z).</summary>
    public int GroupSize => Format.ColumnsPerGroup(Inputs);

    /// <summary>G, the groups in a row.</summary>
    public int Groups => Format.Groups(Inputs);

    /// <summary>One row of B.</summary>
    public ReadOnlySpan<float> Row(int row) => Weights.Slice(row * Inputs, Inputs);

    /// <summary>Some of these rows.</summary>
    public LayerRows Slice(int first, int count) => new(Weights.Slice(first * Inputs, count * Inputs), count, Inputs, Format);
}
