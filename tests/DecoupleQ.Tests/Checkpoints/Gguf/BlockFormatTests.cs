using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>Blocks of each quantized type against the values that ggml's reference gives them.</summary>
public sealed class BlockFormatTests
{
    public static TheoryData<string> BlockTypes => [.. GgmlType.All.Where(t => t.Format is not null).Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void Blocks_decode_to_the_values_of_ggml(string name)
    {
        (byte[] blocks, float[] expected) = Golden(name);
        GgmlType type = GgmlType.All.Single(t => t.Name == name);
        Assert.Equal(expected.Length, blocks.Length / type.BlockBytes * type.BlockLength);
        var values = new float[expected.Length];
        type.ToFloats(blocks, values);
        for (int i = 0; i < values.Length; i++)
        {
            Assert.True(Math.Abs(values[i] - expected[i]) <= 1e-6 * Math.Abs(expected[i]), $"Value {i} is {values[i]}, not {expected[i]}.");
        }
    }

    [Theory]
    [MemberData(nameof(BlockTypes))]
    public void A_block_does_not_depend_on_its_neighbours(string name)
    {
        (byte[] blocks, _) = Golden(name);
        GgmlType type = GgmlType.All.Single(t => t.Name == name);
        int count = blocks.Length / type.BlockBytes;
        var together = new float[count * type.BlockLength];
        type.ToFloats(blocks, together);
        for (int block = 0; block < count; block++)
        {
            var alone = new float[type.BlockLength];
            type.ToFloats(blocks.AsSpan(block * type.BlockBytes, type.BlockBytes), alone);
            Assert.Equal(together[(block * type.BlockLength)..((block + 1) * type.BlockLength)], alone);
        }
    }

    internal static (byte[] Blocks, float[] Values) Golden(string name)
    {
        if (name == "IQ4_NL")
        {
            return ByDefinition();
        }
        using SafetensorsFile golden = SafetensorsFile.Open(Paths.Golden("golden", "ggml-blocks.safetensors"), TensorAccess.Read);
        return ([.. golden.ReadIntegers($"{name}.blocks").Select(b => (byte)b)], golden.ReadFloats($"{name}.values"));
    }

    // The golden file does not have these: ggml's table, and what dequantize_row_iq4_nl does with it.
    private static (byte[] Blocks, float[] Values) ByDefinition()
    {
        float[] levels = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
        var random = new Random(5);
        byte[] blocks = new byte[16 * 18];
        random.NextBytes(blocks);
        float[] values = new float[16 * 32];
        for (int block = 0; block < 16; block++)
        {
            var d = (Half)(0.001f * (block - 6));
            BitConverter.TryWriteBytes(blocks.AsSpan(block * 18), d);
            for (int i = 0; i < 16; i++)
            {
                byte pair = blocks[(block * 18) + 2 + i];
                values[(block * 32) + i] = (float)d * levels[pair & 15];
                values[(block * 32) + 16 + i] = (float)d * levels[pair >> 4];
            }
        }
        return (blocks, values);
    }
}
