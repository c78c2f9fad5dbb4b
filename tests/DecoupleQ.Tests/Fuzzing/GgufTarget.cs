using System.Buffers.Binary;
using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Tests.Checkpoints.Gguf;
using DecoupleQ.Tokenization.Gguf;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>GGUF files: damaged copies of a small model with a tokenizer and a chat template.</summary>
internal sealed class GgufTarget : IFuzzTarget
{
    // Buffers that are allocated whatever the file holds, and what its content may become: Q2_K is 12 times as large as floats.
    private const long FixedAllocation = 1 << 20;
    private const long AllocationPerByte = 40;

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _original;
    private readonly int _header;

    public GgufTarget()
    {
        GgufImage image = Model();
        (_original, _header) = (image.ToBytes(), image.HeaderLength);
    }

    public string Name => "gguf";

    public long MostAllocated(int length) => FixedAllocation + (AllocationPerByte * length);

    public void Dispose() => _folder.Dispose();

    // Bytes anywhere, or a number of the header replaced by one that is near a limit.
    public byte[] Damage(Random random)
    {
        if (random.Next(3) == 0)
        {
            return Mutation.Of(_original, random);
        }
        byte[] bytes = [.. _original];
        for (int change = random.Next(1, 3); change > 0; change--)
        {
            Span<byte> at = bytes.AsSpan(random.Next(_header));
            ulong value = random.Next(6) switch
            {
                0 => (ulong)random.Next(40),
                1 => (ulong)_original.Length - (ulong)random.Next(64),
                2 => 1UL << random.Next(64),
                3 => (1UL << random.Next(1, 64)) - 1,
                4 => ulong.MaxValue - (ulong)random.Next(64),
                _ => (ulong)random.NextInt64(),
            };
            if (random.Next(2) == 0)
            {
                BinaryPrimitives.TryWriteUInt64LittleEndian(at, value);
            }
            else
            {
                BinaryPrimitives.TryWriteUInt32LittleEndian(at, (uint)value);
            }
        }
        return bytes;
    }

    public void Read(byte[] damaged, Random random)
    {
        string path = _folder.File("damaged.gguf");
        File.WriteAllBytes(path, damaged);
        using Checkpoint checkpoint = CheckpointFiles.Open(path, random.Next(4) == 0 ? TensorAccess.Mapped : TensorAccess.Read);
        Architecture.Plan(checkpoint.ConfigSection);
        foreach ((string name, TensorInfo tensor) in checkpoint.Tensors)
        {
            checkpoint.Source.ReadFloats(name);
            checkpoint.CopyTensor(name, Stream.Null);
            if (tensor.BlockFormat is not null && tensor.Shape.Count == 2)
            {
                checkpoint.Source.ReadBlocks(name);
            }
        }
        GgufTokenizerData.Read(path);
    }

    private static GgufImage Model()
    {
        object[] tokens = [.. Enumerable.Range(0, 16).Select(i => $"<{i}>")], scores = [.. Enumerable.Range(0, 16).Select(i => (object)(float)-i)];
        object[] types = [.. Enumerable.Range(0, 16).Select(i => (object)(i == 0 ? 2 : i < 3 ? 3 : 1))];
        return GgufImage.Model()
            .Add("general.alignment", 32u)
            .Add("llama.rope.freq_base", 10000f)
            .Add("llama.rope.scaling.type", "linear")
            .Add("tokenizer.ggml.model", "llama")
            .Add("tokenizer.ggml.tokens", tokens)
            .Add("tokenizer.ggml.scores", scores)
            .Add("tokenizer.ggml.token_type", types)
            .Add("tokenizer.ggml.bos_token_id", 1u)
            .Add("tokenizer.ggml.eos_token_id", 2u)
            .Add("tokenizer.ggml.add_bos_token", true)
            .Add("tokenizer.chat_template", "{{ messages }}")
            .Tensor("rope_freqs.weight", [8], "F32", [.. Enumerable.Repeat(1f, 8).SelectMany(BitConverter.GetBytes)]);
    }
}
