using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary>The linear layers of a 1.1B Llama (TinyLlama): hidden 2048, 22 blocks, SwiGLU 5632, 32 heads and 4 KV heads of 64, vocabulary 32000.</summary>
internal static class LlamaShape
{
    public const int Blocks = 22;

    /// <summary>Name, outputs and inputs of a block's layers.</summary>
    public static IReadOnlyList<(string Name, int Outputs, int Inputs)> Block { get; } =
    [
        ("q", 2048, 2048), ("k", 256, 2048), ("v", 256, 2048), ("o", 2048, 2048), ("gate", 5632, 2048), ("up", 5632, 2048), ("down", 2048, 5632),
    ];

    public static (string Name, int Outputs, int Inputs) Head { get; } = ("head", 32000, 2048);

    /// <summary>All linear layers of one token's pass, in order.</summary>
    public static IEnumerable<(string Name, int Outputs, int Inputs)> Layers => Enumerable.Repeat(Block, Blocks).SelectMany(block => block).Append(Head);

    /// <summary>A dense 16-bit matrix of random weights.</summary>
    public static DenseMatrix Dense(int rows, int columns, ElementType type, int seed)
    {
        ushort[] halves = Repeated<ushort>((long)rows * columns, seed);

        // Exponents near 2^-6: weights of a usual magnitude, and no infinity.
        (ushort keep, ushort exponent) = type == ElementType.BF16 ? ((ushort)0x807F, (ushort)(121 << 7)) : ((ushort)0x83FF, (ushort)(9 << 10));
        TensorPrimitives.BitwiseAnd(halves, keep, halves);
        TensorPrimitives.BitwiseOr(halves, exponent, halves);
        return new DenseMatrix(rows, columns, type, halves);
    }

    /// <summary>A quantized matrix of random codes with F16 scales; <paramref name="groupSize"/> null is per channel.</summary>
    public static AffineMatrix Affine(int rows, int columns, int bits, int? groupSize, int seed)
    {
        int group = groupSize ?? columns;
        uint[] codes = Repeated<uint>((long)rows * columns * bits / 32, seed);
        var scales = new float[(long)rows * (columns / group)];
        var biases = new float[scales.Length];
        float scale = FloatFormat.Round(ElementType.F16, 0.06f / (1 << bits));
        scales.AsSpan().Fill(scale);
        biases.AsSpan().Fill(FloatFormat.Round(ElementType.F16, -scale * ((1 << bits) - 1) / 2));
        return new AffineMatrix(rows, columns, bits, group, codes, ElementType.F16, scales, biases);
    }

    /// <summary>Random bits, the same ones again after 64 KiB: kernels do not care, and gigabytes are made quickly.</summary>
    private static T[] Repeated<T>(long length, int seed)
        where T : unmanaged
    {
        var values = new T[length];
        var block = new byte[1 << 16];
        new Random(seed).NextBytes(block);
        Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan());
        for (; bytes.Length > 0; bytes = bytes[Math.Min(block.Length, bytes.Length)..])
        {
            block.AsSpan(0, Math.Min(block.Length, bytes.Length)).CopyTo(bytes);
        }
        return values;
    }
}
