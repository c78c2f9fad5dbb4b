using System.Buffers.Binary;
using System.Text;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>Damaged GGUF files through the tool: one line that names the file, the key or tensor and what was expected.</summary>
public sealed class GgufErrorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("truncated", "llama.|blk.|output|token_embd", "truncated")]
    [InlineData("a key of the wrong type", "qwen3.block_count", "expected: an integer")]
    [InlineData("an unknown tensor type", "output_norm.weight", "number 77")]
    [InlineData("an offset outside the file", "output_norm.weight", "truncated")]
    public void A_damaged_file_gets_one_line(string damage, string name, string problem)
    {
        byte[] bytes = File.ReadAllBytes(Paths.Golden("golden", "tiny", "tiny-qwen3", "model.gguf"));
        switch (damage)
        {
            case "truncated":
                bytes = bytes[..^1000];
                break;
            case "a key of the wrong type":
                // The type of the value stands behind the key: 4 is uint32, 6 float32.
                Assert.Equal(4u, Word(bytes, After(bytes, name)));
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(After(bytes, name)), 6);
                break;
            default:
                // Behind the name: the number of sizes (1), the size, the type, the offset.
                int at = After(bytes, name);
                Assert.Equal(1u, Word(bytes, at));
                if (damage == "an unknown tensor type")
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at + 12), 77);
                }
                else
                {
                    BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at + 16), 1UL << 40);
                }
                break;
        }
        string file = _folder["model.gguf"];
        File.WriteAllBytes(file, bytes);
        foreach (string[] command in (string[][])[["inspect", file], ["generate", file, "--prompt", "x"]])
        {
            string line = Tool.Run(command).Expect(1).OneLine();
            Assert.Matches($"^decoupleq: {System.Text.RegularExpressions.Regex.Escape(file)}: ({name})[^ ]*: ", line);
            Assert.Contains(problem, line);
            Assert.Contains("(expected: ", line);
        }
    }

    private static int After(byte[] bytes, string name) => bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name)) + name.Length;

    private static uint Word(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
