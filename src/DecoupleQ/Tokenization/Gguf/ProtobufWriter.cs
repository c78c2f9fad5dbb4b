using System.Buffers.Binary;

namespace DecoupleQ.Tokenization.Gguf;

/// <summary>Writes the fields of a Protocol Buffers message in order.</summary>
internal sealed class ProtobufWriter
{
    private const int VarintWire = 0, LengthWire = 2, Fixed32Wire = 5;

    private readonly MemoryStream _message = new();

    /// <summary>The message so far.</summary>
    public byte[] ToBytes() => _message.ToArray();

    public ProtobufWriter Integer(int field, long value)
    {
        Tag(field, VarintWire);
        // Negative numbers take ten bytes, as in the format.
        Varint((ulong)value);
        return this;
    }

    public ProtobufWriter Flag(int field, bool value) => Integer(field, value ? 1 : 0);

    public ProtobufWriter Single(int field, float value)
    {
        Tag(field, Fixed32Wire);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _message.Write(bytes);
        return this;
    }

    public ProtobufWriter Text(int field, string value) => Bytes(field, System.Text.Encoding.UTF8.GetBytes(value));

    public ProtobufWriter Message(int field, ProtobufWriter message) => Bytes(field, message.ToBytes());

    private ProtobufWriter Bytes(int field, byte[] value)
    {
        Tag(field, LengthWire);
        Varint((ulong)value.Length);
        _message.Write(value);
        return this;
    }

    private void Tag(int field, int wire) => Varint((ulong)((field << 3) | wire));

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            _message.WriteByte((byte)(value | 0x80));
        }
        _message.WriteByte((byte)value);
    }
}
