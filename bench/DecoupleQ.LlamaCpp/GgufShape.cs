using System.Runtime.InteropServices;
using System.Text;
using DecoupleQ.Bench;
using DecoupleQ.Tensors;

namespace DecoupleQ.LlamaCpp;

/// <summary>The 1.1B Llama's shape with random weights as a GGUF file of F16, norms in F32, with a vocabulary of made-up tokens.</summary>
internal static class GgufShape
{
    private const int Alignment = 32;
    private const uint TypeF32 = 0, TypeF16 = 1;
    private const uint ValueUInt32 = 4, ValueInt32 = 5, ValueFloat32 = 6, ValueString = 8, ValueArray = 9;

    private static readonly Dictionary<string, string> Modules = new()
    {
        ["q"] = "attn_q", ["k"] = "attn_k", ["v"] = "attn_v", ["o"] = "attn_output", ["gate"] = "ffn_gate", ["up"] = "ffn_up", ["down"] = "ffn_down",
    };

    /// <summary>Writes the file.</summary>
    /// <param name="path">Where to; overwritten.</param>
    public static void Write(string path)
    {
        (string Name, int Rows, int Columns)[] tensors = [.. Tensors()];
        using FileStream stream = File.Create(path);
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        WriteHeader(writer, tensors);
        for (int i = 0; i < tensors.Length; i++)
        {
            Pad(writer);
            (_, int rows, int columns) = tensors[i];
            if (rows == 0)
            {
                var ones = new float[columns];
                Array.Fill(ones, 1);
                writer.Write(MemoryMarshal.AsBytes<float>(ones));
            }
            else
            {
                writer.Write(MemoryMarshal.AsBytes(LlamaShape.Dense(rows, columns, ElementType.F16, seed: i).Halves.Span));
            }
        }
    }

    // Norms have no rows.
    private static IEnumerable<(string Name, int Rows, int Columns)> Tensors()
    {
        (_, int vocabulary, int width) = LlamaShape.Head;
        yield return ("token_embd.weight", vocabulary, width);
        for (int block = 0; block < LlamaShape.Blocks; block++)
        {
            yield return ($"blk.{block}.attn_norm.weight", 0, width);
            yield return ($"blk.{block}.ffn_norm.weight", 0, width);
            foreach ((string name, int outputs, int inputs) in LlamaShape.Block)
            {
                yield return ($"blk.{block}.{Modules[name]}.weight", outputs, inputs);
            }
        }
        yield return ("output_norm.weight", 0, width);
        yield return ("output.weight", vocabulary, width);
    }

    private static void WriteHeader(BinaryWriter writer, (string Name, int Rows, int Columns)[] tensors)
    {
        (_, int vocabulary, int width) = LlamaShape.Head;
        (string Key, object Value)[] metadata =
        [
            ("general.architecture", "llama"),
            ("llama.context_length", 2048u),
            ("llama.embedding_length", (uint)width),
            ("llama.block_count", (uint)LlamaShape.Blocks),
            ("llama.feed_forward_length", (uint)LlamaShape.Block.Single(layer => layer.Name == "up").Outputs),
            ("llama.attention.head_count", 32u),
            ("llama.attention.head_count_kv", 4u),
            ("llama.rope.dimension_count", 64u),
            ("llama.attention.layer_norm_rms_epsilon", 1e-5f),
            ("general.file_type", TypeF16),
            ("tokenizer.ggml.model", "llama"),
            ("tokenizer.ggml.tokens", (string[])["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), .. Words(vocabulary - 259)]),
            ("tokenizer.ggml.scores", (float[])[.. Enumerable.Range(0, vocabulary).Select(i => -(float)i)]),
            ("tokenizer.ggml.token_type", (int[])[2, 3, 3, .. Enumerable.Repeat(6, 256), .. Enumerable.Repeat(1, vocabulary - 259)]),
            ("tokenizer.ggml.bos_token_id", 1u),
            ("tokenizer.ggml.eos_token_id", 2u),
        ];
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)tensors.Length);
        writer.Write((ulong)metadata.Length);
        foreach ((string key, object value) in metadata)
        {
            WriteText(writer, key);
            WriteValue(writer, value);
        }
        ulong offset = 0;
        foreach ((string name, int rows, int columns) in tensors)
        {
            WriteText(writer, name);
            writer.Write(rows == 0 ? 1u : 2u);
            writer.Write((ulong)columns);
            if (rows > 0)
            {
                writer.Write((ulong)rows);
            }
            writer.Write(rows == 0 ? TypeF32 : TypeF16);
            writer.Write(offset);
            ulong bytes = rows == 0 ? sizeof(float) * (ulong)columns : sizeof(ushort) * (ulong)rows * (ulong)columns;
            offset += (bytes + Alignment - 1) / Alignment * Alignment;
        }
    }

    private static IEnumerable<string> Words(int count) => Enumerable.Range(0, count).Select(i => $"\u2581w{i}");

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint number:
                writer.Write(ValueUInt32);
                writer.Write(number);
                break;
            case float number:
                writer.Write(ValueFloat32);
                writer.Write(number);
                break;
            case string text:
                writer.Write(ValueString);
                WriteText(writer, text);
                break;
            case string[] texts:
                WriteArray(writer, ValueString, texts.Length);
                Array.ForEach(texts, text => WriteText(writer, text));
                break;
            case float[] numbers:
                WriteArray(writer, ValueFloat32, numbers.Length);
                Array.ForEach(numbers, writer.Write);
                break;
            case int[] numbers:
                WriteArray(writer, ValueInt32, numbers.Length);
                Array.ForEach(numbers, writer.Write);
                break;
            default:
                throw new ArgumentException($"No GGUF value is a {value.GetType()}.", nameof(value));
        }
    }

    private static void WriteArray(BinaryWriter writer, uint type, int length)
    {
        writer.Write(ValueArray);
        writer.Write(type);
        writer.Write((ulong)length);
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void Pad(BinaryWriter writer)
    {
        writer.Flush();
        while (writer.BaseStream.Position % Alignment != 0)
        {
            writer.Write((byte)0);
        }
    }
}
