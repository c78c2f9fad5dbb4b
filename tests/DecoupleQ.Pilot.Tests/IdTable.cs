using System.Buffers.Binary;
using DecoupleQ.Checkpoints;

namespace DecoupleQ.Pilot.Tests;

/// <summary>A table of calibration windows.</summary>
internal static class IdTable
{
    public static string Write(string path, IReadOnlyList<IReadOnlyList<int>> windows)
    {
        SafetensorsWriter.Write(path, [new TensorPayload("ids", TensorType.I64, [windows.Count, windows[0].Count], (stream, _) =>
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            foreach (int id in windows.SelectMany(window => window))
            {
                BinaryPrimitives.WriteInt64LittleEndian(bytes, id);
                stream.Write(bytes);
            }
        })]);
        return path;
    }
}
