using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DecoupleQ.Checkpoints;
using DecoupleQ.Tests.Checkpoints;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>Safetensors files: damaged copies of one with a tensor of each kind that is read.</summary>
internal sealed partial class SafetensorsTarget : IFuzzTarget
{
    private const int DataLength = 78;

    private static readonly string Header =
        "{\"__metadata__\":{\"format\":\"pt\"}," + string.Join(
            ',',
            SafetensorsBuilder.Entry("a.weight", "F32", "[2,2]", 0, 16),
            SafetensorsBuilder.Entry("b.bias", "F16", "[3]", 16, 22),
            SafetensorsBuilder.Entry("c.weight", "U32", "[1,2]", 22, 30),
            SafetensorsBuilder.Entry("ids", "I64", "[2,2]", 30, 62),
            SafetensorsBuilder.Entry("scalar", "F64", "[]", 62, 70),
            SafetensorsBuilder.Entry("none", "BF16", "[0,7]", 70, 70),
            SafetensorsBuilder.Entry("d", "BF16", "[4]", 70, 78)) + "}";

    private static readonly string[] Types = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL", "F8_E4M3", "f32", ""];

    // Buffers of streams and of reading, and names and shapes as objects.
    private const long FixedAllocation = 1 << 18;
    private const long AllocationPerByte = 60;

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _original = SafetensorsBuilder.File(Header, DataLength);

    public string Name => "safetensors";

    public long MostAllocated(int length) => FixedAllocation + (AllocationPerByte * length);

    public void Dispose() => _folder.Dispose();

    // Bytes anywhere, or numbers and types of the header replaced, the header's length with them or not.
    public byte[] Damage(Random random)
    {
        if (random.Next(4) == 0)
        {
            return Mutation.Of(_original, random);
        }
        string header = Header;
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            header = random.Next(4) == 0
                ? Replace(header, TypeText(), $"\"{Types[random.Next(Types.Length)]}\"", random)
                : Replace(header, Number(), Extreme(random), random);
        }
        byte[] file = SafetensorsBuilder.File(header, DataLength + (random.Next(8) == 0 ? random.Next(-DataLength, 9) : 0));
        if (random.Next(8) == 0)
        {
            BitConverter.TryWriteBytes(file, random.Next(2) == 0 ? random.NextInt64() : file.Length - random.Next(24));
        }
        return file;
    }

    public void Read(byte[] damaged, Random random)
    {
        string path = _folder.File("damaged.safetensors");
        System.IO.File.WriteAllBytes(path, damaged);
        using SafetensorsFile file = SafetensorsFile.Open(path, random.Next(2) == 0 ? TensorAccess.Mapped : TensorAccess.Read);
        foreach (TensorInfo tensor in file.Tensors.Values)
        {
            using var bytes = new MemoryStream();
            file.CopyBytes(tensor.Name, bytes, default);
            if (bytes.Length != tensor.ByteLength)
            {
                throw new InvalidOperationException($"{tensor.Name} has {tensor.ByteLength} bytes, but {bytes.Length} were copied.");
            }
            switch (tensor.Type)
            {
                case TensorType.F32 or TensorType.F16 or TensorType.BF16 when tensor.Shape.Count == 2 && !tensor.Shape.Contains(0):
                    file.ReadMatrix(tensor.Name);
                    break;
                case TensorType.F64 or TensorType.F32 or TensorType.F16 or TensorType.BF16:
                    file.ReadFloats(tensor.Name);
                    break;
                case TensorType.U32:
                    file.ReadWords(tensor.Name);
                    break;
                case TensorType.I64 or TensorType.I32:
                    file.ReadIntegers(tensor.Name);
                    break;
            }
        }
    }

    private static string Replace(string text, Regex what, string with, Random random)
    {
        MatchCollection found = what.Matches(text);
        Match one = found[random.Next(found.Count)];
        return text[..one.Index] + with + text[(one.Index + one.Length)..];
    }

    private static string Extreme(Random random) => random.Next(7) switch
    {
        0 => random.Next(0, 100).ToString(CultureInfo.InvariantCulture),
        1 => (1L << random.Next(63)).ToString(CultureInfo.InvariantCulture),
        2 => ((1UL << random.Next(1, 64)) - 1).ToString(CultureInfo.InvariantCulture),
        3 => (-random.Next(1, 100)).ToString(CultureInfo.InvariantCulture),
        4 => "18446744073709551616",
        5 => "1e" + random.Next(-400, 400).ToString(CultureInfo.InvariantCulture),
        _ => "4294967296,4294967296",
    };

    [GeneratedRegex("(?<=[\\[,])[0-9]+")]
    private static partial Regex Number();

    [GeneratedRegex("(?<=\"dtype\":)\"[A-Z0-9]+\"")]
    private static partial Regex TypeText();
}
