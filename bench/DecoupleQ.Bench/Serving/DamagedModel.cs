using System.Buffers.Binary;
using System.Text.Json.Nodes;

namespace DecoupleQ.Bench.Serving;

/// <summary>A packed model with the scales of one layer halved: what a fault of the disk or of a job could look like, and no reader can see.</summary>
internal static class DamagedModel
{
    /// <summary>Copies a packed folder, and halves the scales of a block's down projection.</summary>
    public static string Make(string packed, int block, string parent)
    {
        string copy = Path.Combine(parent, $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(packed))}-{block}");
        Directory.CreateDirectory(copy);
        int halved = 0;
        foreach (string file in Directory.EnumerateFiles(packed))
        {
            byte[] bytes = File.ReadAllBytes(file);
            if (file.EndsWith(".safetensors", StringComparison.Ordinal))
            {
                halved += Halve(bytes, $".{block}.mlp.down_proj.scales");
            }
            File.WriteAllBytes(Path.Combine(copy, Path.GetFileName(file)), bytes);
        }
        return halved == 1 ? copy : throw new InvalidDataException($"{halved} tensors end with block {block}'s down_proj.scales.");
    }

    private static int Halve(byte[] file, string name)
    {
        int header = (int)BinaryPrimitives.ReadUInt64LittleEndian(file), found = 0;
        foreach ((string tensor, JsonNode? info) in JsonNode.Parse(file.AsSpan(8, header))!.AsObject())
        {
            if (!tensor.EndsWith(name, StringComparison.Ordinal))
            {
                continue;
            }
            found++;
            int start = 8 + header + info!["data_offsets"]![0]!.GetValue<int>(), end = 8 + header + info["data_offsets"]![1]!.GetValue<int>();
            bool isHalf = info["dtype"]!.GetValue<string>() == "F16";
            for (int at = start; at < end; at += isHalf ? 2 : 4)
            {
                Span<byte> number = file.AsSpan(at);
                if (isHalf)
                {
                    BinaryPrimitives.WriteHalfLittleEndian(number, BinaryPrimitives.ReadHalfLittleEndian(number) / (Half)2);
                }
                else
                {
                    BinaryPrimitives.WriteSingleLittleEndian(number, BinaryPrimitives.ReadSingleLittleEndian(number) / 2);
                }
            }
        }
        return found;
    }
}
