using System.Buffers.Binary;
using System.Buffers;
using System.Text.Json;
using DecoupleQ.Storage;

namespace DecoupleQ.Checkpoints;

/// <summary>Writes safetensors files: a padded header, then the tensors without holes, each streamed. The same tensors give the same bytes.</summary>
internal static class SafetensorsWriter
{
    /// <summary>
    /// Bytes of the file that <see cref="Write(string, IReadOnlyList{TensorPayload}, CancellationToken)"/> makes of <paramref name="tensors"/>.
    /// </summary>
    public static long ByteLength(IReadOnlyList<TensorPayload> tensors) => Header(InOrder(tensors)).Length + tensors.Sum(t => t.ByteLength);

    /// <summary>Writes <paramref name="tensors"/> to <paramref name="path"/>, which is there whole or not at all.</summary>
    /// <param name="path">The file; one that is there is replaced once the new one is whole.</param>
    /// <param name="tensors">
    /// The tensors. They are laid out with larger elements first, so that each is aligned to its element, and otherwise in the order given.
    /// </param>
    /// <param name="cancellationToken">Ends the writing.</param>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">Two tensors have the same name.</exception>
    /// <exception cref="InvalidOperationException">A tensor wrote fewer or more bytes than its type and shape have.</exception>
    public static void Write(string path, IReadOnlyList<TensorPayload> tensors, CancellationToken cancellationToken = default) =>
        new DurableWriter(DurableWriter.Room).Write(path, stream => Write(stream, tensors, cancellationToken));

    /// <summary>Writes the file of <paramref name="tensors"/> to <paramref name="stream"/>.</summary>
    /// <inheritdoc cref="Write(string, IReadOnlyList{TensorPayload}, CancellationToken)"/>
    public static void Write(Stream stream, IReadOnlyList<TensorPayload> tensors, CancellationToken cancellationToken = default)
    {
        TensorPayload[] ordered = InOrder(tensors);
        stream.Write(Header(ordered));
        foreach (TensorPayload tensor in ordered)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var part = new PartStream(stream, tensor);
            tensor.Write(part, cancellationToken);
            part.CheckComplete();
        }
    }

    private static TensorPayload[] InOrder(IReadOnlyList<TensorPayload> tensors) => [.. tensors.OrderByDescending(t => t.Type.Size())];

    private static ReadOnlySpan<byte> Header(TensorPayload[] tensors)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write(stackalloc byte[8]);
        var names = new HashSet<string>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("__metadata__");
            // Loaders check it: transformers refuses a file without a known format.
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            long position = 0;
            foreach (TensorPayload tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                {
                    throw new ArgumentException($"Two tensors are named {tensor.Name}.", nameof(tensors));
                }
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", tensor.Type.Name());
                WriteArray(writer, "shape", tensor.Shape);
                WriteArray(writer, "data_offsets", [position, checked(position + tensor.ByteLength)]);
                writer.WriteEndObject();
                position += tensor.ByteLength;
            }
            writer.WriteEndObject();
        }
        while (buffer.WrittenCount % 8 != 0)
        {
            buffer.Write(" "u8);
        }
        byte[] header = buffer.WrittenSpan.ToArray();
        if (header.Length - 8 > SafetensorsHeader.MaximumLength)
        {
            throw new ArgumentException($"{tensors.Length} tensors need a header of more than {SafetensorsHeader.MaximumLength} bytes.", nameof(tensors));
        }
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - 8);
        return header;
    }

    private static void WriteArray(Utf8JsonWriter writer, string field, IReadOnlyList<long> values)
    {
        writer.WriteStartArray(field);
        foreach (long value in values)
        {
            writer.WriteNumberValue(value);
        }
        writer.WriteEndArray();
    }

    /// <summary>The bytes of one tensor: no more may be written than it has.</summary>
    private sealed class PartStream(Stream target, TensorPayload tensor) : WriteOnlyStream
    {
        public void CheckComplete()
        {
            if (Length != tensor.ByteLength)
            {
                throw new InvalidOperationException($"{tensor.Name} has {tensor.ByteLength} bytes, but {Length} were written.");
            }
        }

        protected override void Take(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length > tensor.ByteLength - Length)
            {
                throw new InvalidOperationException($"{tensor.Name} has {tensor.ByteLength} bytes, but more were written.");
            }
            target.Write(bytes);
        }
    }
}
