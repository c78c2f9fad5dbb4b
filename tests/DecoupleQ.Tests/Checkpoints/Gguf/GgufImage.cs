using System.Buffers.Binary;
using System.Text;
using DecoupleQ.Checkpoints.Gguf;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>Builds GGUF files byte by byte, right or wrong.</summary>
internal sealed class GgufImage
{
    private readonly List<(string Name, byte[] Entry)> _values = [];
    private readonly List<(string Name, long[] Sizes, uint Type, ulong? Offset, byte[] Data)> _tensors = [];

    public uint Magic { get; set; } = BinaryPrimitives.ReadUInt32LittleEndian("GGUF"u8);

    public uint Version { get; set; } = 3;

    public ulong? TensorCount { get; set; }

    public ulong? ValueCount { get; set; }

    public IReadOnlyList<string> Keys => [.. _values.Select(v => v.Name)];

    public IReadOnlyList<string> TensorNames => [.. _tensors.Select(t => t.Name)];

    public int Alignment { get; set; } = 32;

    /// <summary>A llama model of one block, width 32, one head of 32, feed-forward 64 and 16 ids, that is read without complaint.</summary>
    public static GgufImage Model()
    {
        GgufImage image = Llama(width: 32, feedForward: 64, heads: 2);
        image.Tensor("token_embd.weight", [32, 16], "Q8_0").Tensor("output_norm.weight", [32], "F32");
        image.Tensor("blk.0.attn_norm.weight", [32], "F32").Tensor("blk.0.ffn_norm.weight", [32], "F32");
        image.Tensor("blk.0.attn_q.weight", [32, 32], "Q4_0").Tensor("blk.0.attn_k.weight", [32, 16], "Q4_1").Tensor("blk.0.attn_v.weight", [32, 16], "F16");
        image.Tensor("blk.0.attn_output.weight", [32, 32], "BF16").Tensor("blk.0.ffn_gate.weight", [32, 64], "Q5_0");
        return image.Tensor("blk.0.ffn_up.weight", [32, 64], "Q5_1").Tensor("blk.0.ffn_down.weight", [64, 32], "Q8_0");
    }

    /// <summary>The metadata of a llama model of one block, with one key head, and no tensors.</summary>
    public static GgufImage Llama(uint width, uint feedForward, uint heads) => new GgufImage()
        .Add("general.architecture", "llama")
        .Add("llama.context_length", 64u)
        .Add("llama.embedding_length", width)
        .Add("llama.block_count", 1u)
        .Add("llama.feed_forward_length", feedForward)
        .Add("llama.attention.head_count", heads)
        .Add("llama.attention.head_count_kv", 1u)
        .Add("llama.attention.layer_norm_rms_epsilon", 1e-5f);

    public GgufImage Add(string key, object value)
    {
        _values.Add((key, Write(w => WriteValue(w, value))));
        return this;
    }

    public GgufImage AddRaw(string key, uint type, byte[] value)
    {
        _values.Add((key, Write(w => { w.Write(type); w.Write(value); })));
        return this;
    }

    public GgufImage Set(string key, object value) => Remove(key).Add(key, value);

    public GgufImage Remove(string name)
    {
        return _values.RemoveAll(v => v.Name == name) + _tensors.RemoveAll(t => t.Name == name) == 1 ? this : throw new ArgumentException(name);
    }

    /// <summary>A tensor with sizes innermost first; its data are small and fixed, or given.</summary>
    public GgufImage Tensor(string name, long[] sizes, string type, byte[]? data = null, ulong? offset = null)
    {
        GgmlType known = GgmlType.All.Single(t => t.Name == type);
        long bytes = sizes.Aggregate(1L, (product, size) => product * size) / known.BlockLength * known.BlockBytes;
        // Halves of this pattern are small numbers, whatever the type makes of them.
        return Tensor(
            name, sizes, known.Number, data ?? [.. Enumerable.Range(0, (int)bytes).Select(i => i % 2 == 0 ? (byte)(i * 7) : (byte)(0x1C + (i % 3)))],
            offset);
    }

    public GgufImage Tensor(string name, long[] sizes, uint type, byte[] data, ulong? offset = null)
    {
        _tensors.Add((name, sizes, type, offset, data));
        return this;
    }

    public byte[] ToBytes() => Write(w =>
    {
        w.Write(Magic);
        w.Write(Version);
        w.Write(TensorCount ?? (ulong)_tensors.Count);
        w.Write(ValueCount ?? (ulong)_values.Count);
        foreach ((string name, byte[] entry) in _values)
        {
            WriteText(w, name);
            w.Write(entry);
        }
        ulong next = 0;
        var placed = new List<(ulong Offset, byte[] Data)>();
        foreach ((string name, long[] sizes, uint type, ulong? offset, byte[] data) in _tensors)
        {
            WriteText(w, name);
            w.Write((uint)sizes.Length);
            Array.ForEach(sizes, w.Write);
            w.Write(type);
            w.Write(offset ?? next);
            if (offset is null)
            {
                placed.Add((next, data));
                next = Align(next + (ulong)data.Length);
            }
        }
        ulong start = Align((ulong)w.BaseStream.Position);
        foreach ((ulong offset, byte[] data) in placed)
        {
            w.Write(new byte[(long)(start + offset) - w.BaseStream.Position]);
            w.Write(data);
        }
    });

    /// <summary>Bytes before the data of the tensors.</summary>
    public int HeaderLength => ToBytes().Length - _tensors.Sum(t => t.Data.Length);

    public string Save(TemporaryFolder folder, string name = "model.gguf")
    {
        File.WriteAllBytes(folder.File(name), ToBytes());
        return folder.File(name);
    }

    private ulong Align(ulong position) => (position + (ulong)Alignment - 1) / (ulong)Alignment * (ulong)Alignment;

    private static byte[] Write(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            write(writer);
        }
        return stream.ToArray();
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        (uint type, Action content) = Describe(writer, value);
        writer.Write(type);
        content();
    }

    private static (uint Type, Action Content) Describe(BinaryWriter writer, object value) => value switch
    {
        byte v => (0, () => writer.Write(v)),
        sbyte v => (1, () => writer.Write(v)),
        ushort v => (2, () => writer.Write(v)),
        short v => (3, () => writer.Write(v)),
        uint v => (4, () => writer.Write(v)),
        int v => (5, () => writer.Write(v)),
        float v => (6, () => writer.Write(v)),
        bool v => (7, () => writer.Write(v)),
        string v => (8, () => WriteText(writer, v)),
        ulong v => (10, () => writer.Write(v)),
        long v => (11, () => writer.Write(v)),
        double v => (12, () => writer.Write(v)),
        string[] v => (9, () =>
        {
            writer.Write(8u);
            writer.Write((ulong)v.Length);
            Array.ForEach(v, text => WriteText(writer, text));
        }),
        object[] v => (9, () =>
        {
            writer.Write(v.Length == 0 ? 4 : Describe(writer, v[0]).Type);
            writer.Write((ulong)v.Length);
            Array.ForEach(v, item => Describe(writer, item).Content());
        }),
        _ => throw new ArgumentException(value.GetType().Name),
    };
}
