using System.Buffers.Binary;
using CsCheck;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Kernels;

/// <summary>Matrices of K-quants whose blocks are random bits, with weights of about 1.</summary>
internal static class SuperBlocks
{
    public static Gen<SuperBlockType> Types { get; } = Gen.Enum<SuperBlockType>();

    /// <summary>Random blocks.</summary>
    public static SuperBlockMatrix Random(SuperBlockType type, int rows, int columns, uint seed)
    {
        var random = new Random((int)seed);
        byte[] blocks = Bytes(type, rows, columns);
        random.NextBytes(blocks);
        return Of(type, rows, columns, blocks, () => (Half)((random.NextSingle() - 0.3f) * Step(type)), () => (Half)(random.NextSingle() / 64));
    }

    /// <summary>Blocks all of whose bits are <paramref name="bit"/>.</summary>
    public static SuperBlockMatrix Filled(SuperBlockType type, int rows, int columns, bool bit)
    {
        byte[] blocks = Bytes(type, rows, columns);
        Array.Fill(blocks, bit ? (byte)0xFF : (byte)0);
        return Of(type, rows, columns, blocks, () => (Half)Step(type), () => (Half)(1f / 64));
    }

    private static byte[] Bytes(SuperBlockType type, int rows, int columns) =>
        new byte[rows * (columns / SuperBlockMatrix.BlockLength) * Ggml(type).BlockBytes];

    private static GgmlType Ggml(SuperBlockType type) => GgmlType.All.Single(t => t.Name == type.ToString());

    // The largest code times the largest scale, to 1.
    private static float Step(SuperBlockType type) => type switch
    {
        SuperBlockType.Q2_K => 1f / 45,
        SuperBlockType.Q3_K => 1f / 128,
        SuperBlockType.Q4_K => 1f / 945,
        SuperBlockType.Q5_K => 1f / 1953,
        _ => 1f / 4096,
    };

    private static SuperBlockMatrix Of(SuperBlockType type, int rows, int columns, byte[] blocks, Func<Half> scale, Func<Half> minimum)
    {
        GgmlType ggml = Ggml(type);
        (int scaleAt, int? minimumAt) = type switch
        {
            SuperBlockType.Q2_K => (80, (int?)82),
            SuperBlockType.Q3_K => (108, null),
            SuperBlockType.Q4_K or SuperBlockType.Q5_K => (0, 2),
            _ => (208, null),
        };
        for (int at = 0; at < blocks.Length; at += ggml.BlockBytes)
        {
            BinaryPrimitives.WriteHalfLittleEndian(blocks.AsSpan(at + scaleAt), scale());
            if (minimumAt is int place)
            {
                BinaryPrimitives.WriteHalfLittleEndian(blocks.AsSpan(at + place), minimum());
            }
        }
        return new SuperBlockMatrix(rows, columns, type, new InMemory(ggml, blocks, columns / SuperBlockMatrix.BlockLength * ggml.BlockBytes));
    }

    private sealed class InMemory(GgmlType type, byte[] rows, int rowBytes) : IBlockRows
    {
        public int BlockBytes => type.BlockBytes;

        public void Read(int first, int count, Span<byte> blocks) => rows.AsSpan(first * rowBytes, count * rowBytes).CopyTo(blocks);

        public void Decode(ReadOnlySpan<byte> blocks, Span<float> values) => type.ToFloats(blocks, values);
    }
}
