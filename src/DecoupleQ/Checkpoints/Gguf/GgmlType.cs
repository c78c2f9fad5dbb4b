using System.Runtime.InteropServices;
using DecoupleQ.Checkpoints.Gguf.Blocks;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>A tensor type of ggml that can be read.</summary>
/// <param name="Number">Its number in files.</param>
/// <param name="Name">Its name in ggml.</param>
/// <param name="BlockLength">Values of a block; rows are whole blocks.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
/// <param name="Element">The element type, if a block is one plain float.</param>
/// <param name="Format">How blocks are quantized; null for plain floats.</param>
internal sealed record GgmlType(uint Number, string Name, int BlockLength, int BlockBytes, ElementType? Element, BlockFormat? Format)
{
    // By number: every type that has had one, so that a file is refused by the name its author knows.
    private static readonly string[] Names =
    [
        "F32", "F16", "Q4_0", "Q4_1", "Q4_2", "Q4_3", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "Q8_K",
        "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16", "I32", "I64", "F64", "IQ1_M", "BF16",
        "Q4_0_4_4", "Q4_0_4_8", "Q4_0_8_8", "TQ1_0", "TQ2_0", "IQ4_NL_4_4", "IQ4_NL_4_8", "IQ4_NL_8_8", "MXFP4", "NVFP4",
    ];

    /// <summary>The types that can be read.</summary>
    public static IReadOnlyList<GgmlType> All { get; } =
    [
        Plain(0, ElementType.F32, 4),
        Plain(1, ElementType.F16, 2),
        Plain(30, ElementType.BF16, 2),
        Blocks(2, Q4_0.Length, Q4_0.Bytes, new BlockFormat(4, 32, ElementType.F16, Q4_0.Split)),
        Blocks(3, Q4_1.Length, Q4_1.Bytes, new BlockFormat(4, 32, ElementType.F16, Q4_1.Split)),
        Blocks(6, Q5_0.Length, Q5_0.Bytes, new BlockFormat(8, 32, ElementType.F16, Q5_0.Split)),
        Blocks(7, Q5_1.Length, Q5_1.Bytes, new BlockFormat(8, 32, ElementType.F16, Q5_1.Split)),
        Blocks(8, Q8_0.Length, Q8_0.Bytes, new BlockFormat(8, 32, ElementType.F16, Q8_0.Split)),
        Blocks(20, IQ4_NL.Length, IQ4_NL.Bytes, new BlockFormat(8, 32, ElementType.F16, IQ4_NL.Split)),
        Blocks(10, Q2_K.Length, Q2_K.Bytes, new BlockFormat(2, 16, ElementType.F32, Q2_K.Split)),
        Blocks(11, Q3_K.Length, Q3_K.Bytes, new BlockFormat(3, 16, ElementType.F32, Q3_K.Split)),
        Blocks(12, Q4_K.Length, Q4_K.Bytes, new BlockFormat(4, 32, ElementType.F32, Q4_K.Split)),
        Blocks(13, Q5_K.Length, Q5_K.Bytes, new BlockFormat(8, 32, ElementType.F32, Q5_K.Split)),
        Blocks(14, Q6_K.Length, Q6_K.Bytes, new BlockFormat(8, 16, ElementType.F32, Q6_K.Split)),
    ];

    /// <summary>The type with a number; null if it cannot be read.</summary>
    public static GgmlType? Find(uint number) => All.FirstOrDefault(type => type.Number == number);

    /// <summary>What ggml calls the type with a number: <c>IQ2_XS (17)</c>; for one without a known name the number.</summary>
    public static string Describe(uint number) => number < Names.Length ? $"{Names[number]} ({number})" : $"number {number}";

    /// <summary>Decodes <c>values.Length</c> values, whole blocks.</summary>
    public void ToFloats(ReadOnlySpan<byte> stored, Span<float> values)
    {
        if (Format is not null)
        {
            Format.Decode(stored, values, BlockBytes, BlockLength);
        }
        else if (Element == ElementType.F32)
        {
            MemoryMarshal.Cast<byte, float>(stored).CopyTo(values);
        }
        else
        {
            FloatFormat.Decode(Element!.Value, MemoryMarshal.Cast<byte, ushort>(stored), values);
        }
    }

    private static GgmlType Plain(uint number, ElementType element, int bytes) => new(number, Names[number], 1, bytes, element, null);

    private static GgmlType Blocks(uint number, int length, int bytes, BlockFormat format) => new(number, Names[number], length, bytes, null, format);
}
