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
        using SafetensorsFile golden = SafetensorsFile.Open(Paths.Golden("golden", "ggml-blocks.safetensors"), TensorAccess.Read);
        return ([.. golden.ReadIntegers($"{name}.blocks").Select(b => (byte)b)], golden.ReadFloats($"{name}.values"));
    }
}
