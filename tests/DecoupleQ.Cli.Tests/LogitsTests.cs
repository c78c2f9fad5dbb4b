using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class LogitsTests
{
    [Theory]
    [InlineData("tiny-olmo2")]
    [InlineData("tiny-gemma3")]
    public void Logits_of_a_file_of_ids_are_the_golden_ones(string family)
    {
        string model = Paths.Golden("golden", "families", family), ids = Path.Combine(model, "expected.safetensors");
        using var folder = new TemporaryFolder();
        string output = folder["logits.safetensors"];
        ToolResult result = Tool.Run("logits", model, "--ids", ids, "-o", output, "--json").Expect(0);
        Assert.Equal(2, result.Json().GetProperty("sequences").GetInt32());
        foreach (string name in (string[])["0.logits", "1.logits"])
        {
            float[] expected = Floats(ids, name), actual = Floats(output, name);
            Assert.Equal(expected.Length, actual.Length);
            Assert.True(expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max() <= 5e-4);
        }
    }

    [Fact]
    public void A_file_without_ids_is_refused_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        string output = folder["logits.safetensors"];
        ToolResult result = Tool.Run("logits", Paths.Model, "--ids", Path.Combine(Paths.Model, "model.safetensors"), "-o", output).Expect(1);
        Assert.Contains("There are no sequences. (expected: tensors NAME.ids)", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.FullName));
    }

    // Read as the format is published, not by the code under test.
    private static float[] Floats(string file, string tensor)
    {
        byte[] bytes = File.ReadAllBytes(file);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(8, header));
        int[] offsets = [.. document.RootElement.GetProperty(tensor).GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt32())];
        return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + header + offsets[0], offsets[1] - offsets[0])).ToArray();
    }
}
