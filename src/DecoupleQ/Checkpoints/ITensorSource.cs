using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>What is known of a stored tensor before it is read.</summary>
/// <param name="Name">Full name, as in <c>model.layers.0.mlp.up_proj.weight</c>.</param>
/// <param name="Type">Element type; for a block-quantized tensor that of its bytes when they are copied, F16.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="File">The file that holds it.</param>
/// <param name="ByteLength">Bytes that it takes in the file.</param>
public sealed record TensorInfo(string Name, TensorType Type, IReadOnlyList<long> Shape, string File, long ByteLength)
{
    /// <summary>The block format of a quantized tensor of a GGUF file, as in <c>Q4_1</c>; null for tensors that are stored as <see cref="Type"/>.</summary>
    public string? BlockFormat { get; init; }

    /// <summary>Its first byte in the file.</summary>
    internal long Offset { get; init; }

    /// <summary>
    /// How a packed folder holds the same codes, scales and biases; null where it cannot: for what is not a block-quantized matrix, and for groups that it
    /// does not know.
    /// </summary>
    internal PackedBlocks? Packed { get; init; }
}

/// <summary>A block-quantized matrix as a packed folder holds it.</summary>
/// <param name="Format">Bits and group size.</param>
/// <param name="ScaleType">Type of scales and biases.</param>
internal readonly record struct PackedBlocks(AffineFormat Format, ElementType ScaleType);

/// <summary>How tensors are brought into memory.</summary>
public enum TensorAccess
{
    /// <summary>
    /// The file is mapped; dense matrices are views of it for as long as the checkpoint is open. For evaluation and serving. On file systems that are not of
    /// this machine, as <see cref="Copied"/>: a mapped file that becomes shorter ends the process that reads it.
    /// </summary>
    Mapped,

    /// <summary>Each tensor is read into memory of its own when it is asked for: mapped pages would count as resident. For quantization.</summary>
    Read,

    /// <summary>In the same forms as <see cref="Mapped"/>, in memory of their own: for evaluation and serving from files that may change meanwhile.</summary>
    Copied,
}

/// <summary>Named tensors of a model, wherever they are stored. Names and shapes are those of a Hugging Face checkpoint.</summary>
internal interface ITensorSource : IDisposable
{
    IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Refuses to go on where a file of which there are views has changed.</summary>
    /// <exception cref="DecoupleQException">One has.</exception>
    void CheckUnchanged();

    /// <summary>
    /// A two-dimensional F32, F16 or BF16 tensor in its stored type; a block-quantized one as its source has it, affine or dequantized to F32.
    /// </summary>
    /// <exception cref="DecoupleQException">The tensor is missing or of another type or rank.</exception>
    WeightMatrix ReadMatrix(string name);

    /// <summary>A block-quantized matrix in affine form, the same weights to the bit.</summary>
    /// <exception cref="DecoupleQException">The tensor is missing or not block-quantized.</exception>
    AffineMatrix ReadBlocks(string name);

    /// <summary>A tensor of any floating type and rank, decoded to float32.</summary>
    /// <exception cref="DecoupleQException">The tensor is missing or not of a floating type.</exception>
    float[] ReadFloats(string name);

    /// <summary>A tensor of U32 words (packed codes).</summary>
    /// <exception cref="DecoupleQException">The tensor is missing or of another type.</exception>
    ReadOnlyMemory<uint> ReadWords(string name);

    /// <summary>A tensor of any integer type, widened to 64 bits.</summary>
    /// <exception cref="DecoupleQException">The tensor is missing or not of an integer type.</exception>
    long[] ReadIntegers(string name);

    /// <summary>
    /// Copies the bytes of a tensor, elements of <see cref="TensorInfo.Type"/>, to <paramref name="destination"/>, some whole elements at a time.
    /// </summary>
    void CopyBytes(string name, Stream destination, CancellationToken cancellationToken);
}
