using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>Sizes and safetensors names of <see cref="TensorType"/>.</summary>
internal static class TensorTypes
{
    private static readonly Dictionary<string, TensorType> ByName = Enum.GetValues<TensorType>().ToDictionary(Name);

    /// <summary>Bytes of one element.</summary>
    public static int Size(this TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 or TensorType.U64 => 8,
        TensorType.F32 or TensorType.I32 or TensorType.U32 => 4,
        TensorType.F16 or TensorType.BF16 or TensorType.I16 or TensorType.U16 => 2,
        _ => 1,
    };

    /// <summary>The name in a safetensors header.</summary>
    public static string Name(this TensorType type) => type == TensorType.Bool ? "BOOL" : type.ToString();

    /// <summary>The type of a name in a safetensors header; null if there is none here.</summary>
    public static TensorType? Parse(string name) => ByName.TryGetValue(name, out TensorType type) ? type : null;

    /// <summary>The stored type of a dense matrix as a tensor type.</summary>
    public static TensorType Of(ElementType type) => type switch
    {
        ElementType.F32 => TensorType.F32,
        ElementType.F16 => TensorType.F16,
        _ => TensorType.BF16,
    };

    /// <summary>The element type that a matrix of this tensor type has; null if matrices are not made of it.</summary>
    public static ElementType? Element(this TensorType type) => type switch
    {
        TensorType.F32 => ElementType.F32,
        TensorType.F16 => ElementType.F16,
        TensorType.BF16 => ElementType.BF16,
        _ => null,
    };

    /// <summary>A shape as users read it: <c>[4096, 256]</c>.</summary>
    public static string Describe(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>Bytes of a tensor of <paramref name="shape"/>, or null if a size is negative or the product exceeds 63 bits.</summary>
    public static long? ByteLength(TensorType type, IReadOnlyList<long> shape)
    {
        if (shape.Contains(0))
        {
            return shape.All(size => size >= 0) ? 0 : null;
        }
        long bytes = type.Size();
        for (int i = 0; i < shape.Count; i++)
        {
            long size = shape[i];
            if (size < 0 || bytes > long.MaxValue / size)
            {
                return null;
            }
            bytes *= size;
        }
        return bytes;
    }
}
