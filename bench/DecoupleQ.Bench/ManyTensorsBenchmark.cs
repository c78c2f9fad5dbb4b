using System.Globalization;
using System.Text;
using DecoupleQ.Checkpoints;
using DecoupleQ.Tensors;

namespace DecoupleQ.Bench;

/// <summary><c>inspect</c> of checkpoints of very many tensors, as a process: one file, shards, and a GGUF file of as many blocks as are read.</summary>
internal static class ManyTensorsBenchmark
{
    private const int Shards = 10, GgufBlocks = 10_000;

    public static void Run(Report report)
    {
        int tensors = report.Arguments.Count > 0 ? int.Parse(report.Arguments[0], CultureInfo.InvariantCulture) : 1_000_000;
        string folder = Directory.CreateTempSubdirectory("decoupleq-tensors-").FullName;
        try
        {
            string[] names = [.. Enumerable.Range(0, tensors).Select(i => $"model.layers.{i / 100}.e.{i % 100}.weight")];
            Measure(report, "one file", tensors, WriteFile(Path.Combine(folder, "one"), names));
            Measure(report, $"{Shards} shards", tensors, WriteShards(Path.Combine(folder, "shards"), names));
            Measure(report, "GGUF", (9 * GgufBlocks) + 2, WriteGguf(Path.Combine(folder, "model.gguf")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(Report report, string what, int tensors, string model)
    {
        foreach (string[] rest in (string[][])[[], ["--json"]])
        {
            var run = ToolProcess.Run(["inspect", model, .. rest]);
            report.Add(
                ("inspect", string.Join(' ', [what, .. rest])), ("tensors", tensors), ("seconds", run.Seconds), ("CPU s", run.Processor),
                ("peak MB", run.PeakBytes / 1e6),
                ("output MB", run.OutputBytes / 1e6));
        }
    }

    private static string WriteFile(string folder, string[] names)
    {
        WriteConfig(folder);
        Write(Path.Combine(folder, SafetensorsFolder.SingleFile), names);
        return folder;
    }

    private static string WriteShards(string folder, string[] names)
    {
        WriteConfig(folder);
        var all = new List<TensorInfo>();
        foreach ((int i, string[] part) in names.Chunk((names.Length + Shards - 1) / Shards).Index())
        {
            string file = Path.Combine(folder, $"model-{i + 1:D5}-of-{Shards:D5}.safetensors");
            Write(file, part);
            all.AddRange(part.Select(name => new TensorInfo(name, TensorType.F16, [1, 1], file, 2)));
        }
        using FileStream index = File.Create(Path.Combine(folder, ShardIndex.FileName));
        ShardIndex.Write(index, all);
        return folder;
    }

    private static void WriteConfig(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type": "llama"}""");
    }

    private static void Write(string file, string[] names) =>
        SafetensorsWriter.Write(file, [.. names.Select(name => TensorPayload.Floats(name, ElementType.F16, [1, 1], (float[])[1]))], CancellationToken.None);

    private static string WriteGguf(string file)
    {
        const uint UInt32 = 4, Float32 = 6, Text = 8;
        (string Key, uint Value)[] sizes =
        [
            ("context_length", 64), ("embedding_length", 2), ("block_count", GgufBlocks), ("feed_forward_length", 2), ("attention.head_count", 1),
            ("attention.head_count_kv", 1),
        ];
        List<(string Name, long[] Sizes)> tensors = [("token_embd.weight", [2, 16]), ("output_norm.weight", [2])];
        for (int block = 0; block < GgufBlocks; block++)
        {
            foreach (string name in (string[])["attn_norm", "ffn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"])
            {
                tensors.Add(($"blk.{block}.{name}.weight", name.EndsWith("norm", StringComparison.Ordinal) ? [2] : [2, 2]));
            }
        }
        using FileStream stream = File.Create(file);
        using var writer = new BinaryWriter(stream);
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((long)tensors.Count);
        writer.Write((long)sizes.Length + 2);
        Word("general.architecture");
        writer.Write(Text);
        Word("llama");
        Word("llama.attention.layer_norm_rms_epsilon");
        writer.Write(Float32);
        writer.Write(1e-5f);
        foreach ((string key, uint value) in sizes)
        {
            Word("llama." + key);
            writer.Write(UInt32);
            writer.Write(value);
        }
        long offset = 0;
        foreach ((string name, long[] shape) in tensors)
        {
            Word(name);
            writer.Write(shape.Length);
            foreach (long size in shape)
            {
                writer.Write(size);
            }
            writer.Write(0u);
            writer.Write(offset);
            offset += Aligned(sizeof(float) * shape.Aggregate(1L, (product, size) => product * size));
        }
        writer.Flush();
        stream.SetLength(Aligned(stream.Length) + offset);
        return file;

        void Word(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            writer.Write((long)bytes.Length);
            writer.Write(bytes);
        }

        static long Aligned(long bytes) => (bytes + 31) / 32 * 32;
    }
}
