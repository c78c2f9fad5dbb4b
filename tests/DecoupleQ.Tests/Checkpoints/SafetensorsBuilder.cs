using System.Buffers.Binary;
using System.Text;

namespace DecoupleQ.Tests.Checkpoints;

/// <summary>Safetensors files byte by byte, valid or not.</summary>
internal static class SafetensorsBuilder
{
    /// <summary>A file with this header text and this many bytes of data (0, 1, 2, ...).</summary>
    public static byte[] File(string header, int dataLength) => File(Encoding.UTF8.GetBytes(header), dataLength);

    public static byte[] File(byte[] header, int dataLength)
    {
        var file = new byte[8 + header.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        for (int i = 0; i < dataLength; i++)
        {
            file[8 + header.Length + i] = (byte)i;
        }
        return file;
    }

    /// <summary>A header's entry.</summary>
    public static string Entry(string name, string type, string shape, long begin, long end) =>
        $$"""
        "{{name}}":{"dtype":"{{type}}","shape":{{shape}},"data_offsets":[{{begin}},{{end}}]}
        """;
}
