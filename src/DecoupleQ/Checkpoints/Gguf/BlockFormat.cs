using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>Takes one block apart: value j is <c>scales[g] * codes[j] + biases[g]</c>, with g the group of j.</summary>
/// <param name="block">The block's bytes.</param>
/// <param name="codes">As many codes as the block has values.</param>
/// <param name="scales">As many scales as it has groups.</param>
/// <param name="biases">As many biases as it has groups.</param>
internal delegate void BlockSplitter(ReadOnlySpan<byte> block, Span<byte> codes, Span<float> scales, Span<float> biases);

/// <summary>How a block of values is quantized. Every format of ggml that is read is affine in groups, whatever the order of its bits.</summary>
/// <param name="Bits">Bits that hold a code: the least of 2, 3, 4 and 8.</param>
/// <param name="GroupSize">Values that share a scale and a bias.</param>
/// <param name="ScaleType">Type that holds scales and biases, but for scales near its limit.</param>
/// <param name="Split">Takes a block apart.</param>
/// <remarks>
/// Formats without a minimum, <c>d * (q - offset)</c>, have the bias <c>-offset * d</c>. All of their products have at most 24 significant bits, so that
/// float32 makes the same
/// value of both forms.
/// </remarks>
internal sealed record BlockFormat(int Bits, int GroupSize, ElementType ScaleType, BlockSplitter Split)
{
    private const int MostValues = 256, MostGroups = 16;

    // A packed folder has no smaller groups.
    private const int LeastPackedGroup = 32;

    /// <summary>How a packed folder holds such a matrix; null if it has no such groups.</summary>
    public PackedBlocks? Packed => GroupSize >= LeastPackedGroup ? new PackedBlocks(new AffineFormat(Bits, GroupSize), ScaleType) : null;

    /// <summary>Decodes whole blocks to float32.</summary>
    /// <param name="blocks">The bytes of the blocks.</param>
    /// <param name="values">Their values.</param>
    /// <param name="blockBytes">Bytes of a block.</param>
    /// <param name="blockLength">Values of a block.</param>
    public void Decode(ReadOnlySpan<byte> blocks, Span<float> values, int blockBytes, int blockLength)
    {
        int groups = blockLength / GroupSize;
        Span<byte> codes = stackalloc byte[MostValues];
        Span<float> scales = stackalloc float[MostGroups], biases = stackalloc float[MostGroups];
        for (; !values.IsEmpty; blocks = blocks[blockBytes..], values = values[blockLength..])
        {
            Split(blocks[..blockBytes], codes[..blockLength], scales[..groups], biases[..groups]);
            AffineMatrix.Dequantize(codes[..blockLength], scales[..groups], biases[..groups], values[..blockLength]);
        }
    }
}
