using System.Buffers.Binary;
using DecoupleQ.Checkpoints;

namespace DecoupleQ.Quantization.Tests.Calibration;

/// <summary>Calibration windows in files.</summary>
internal static class Ids
{
    /// <summary>Writes random windows as a safetensors file.</summary>
    public static string Write(string path, int windows, int context, int vocabulary, int seed = 1)
    {
        var random = new Random(seed);
        return Write(path, [.. Enumerable.Range(0, windows).Select(_ => Enumerable.Range(0, context).Select(_ => (long)random.Next(vocabulary)).ToArray())]);
    }

    /// <summary>Writes the given windows as a safetensors file.</summary>
    public static string Write(string path, long[][] windows, string name = "ids")
    {
        SafetensorsWriter.Write(path, [new TensorPayload(name, TensorType.I64, [windows.Length, windows[0].Length], (stream, _) =>
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            foreach (long id in windows.SelectMany(window => window))
            {
                BinaryPrimitives.WriteInt64LittleEndian(bytes, id);
                stream.Write(bytes);
            }
        })]);
        return path;
    }
}
