using System.Buffers.Binary;
using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.Models.Architectures;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>Opens damaged copies of a small GGUF model and reads all that can be read of them.</summary>
internal static class GgufFuzz
{
    // Buffers that are allocated whatever the file holds, and what its content may become: Q2_K is 12 times as large as floats.
    private const long FixedAllocation = 1 << 20;
    private const double AllocationPerByte = 40;

    /// <summary>What became of the files.</summary>
    /// <param name="Read">Files that were read whole: the damage was within what a file may say.</param>
    /// <param name="Refused">Files that were refused with an error for the user.</param>
    /// <param name="LargestAllocation">The most bytes allocated for a file, of about 20 KB each.</param>
    public sealed record Outcome(int Read, int Refused, long LargestAllocation);

    /// <summary>Damages and opens <paramref name="count"/> files; any exception that is not an error for the user comes through.</summary>
    public static Outcome Run(int seed, int count)
    {
        var random = new Random(seed);
        GgufImage image = Model();
        (byte[] original, int header) = (image.ToBytes(), image.HeaderLength);
        using var folder = new TemporaryFolder();
        string path = folder.File("damaged.gguf");
        (int read, int refused, long largest) = (0, 0, 0);
        for (int i = 0; i < count; i++)
        {
            byte[] damaged = Damage(original, header, random);
            File.WriteAllBytes(path, damaged);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ReadAll(path, random.Next(4) == 0 ? TensorAccess.Mapped : TensorAccess.Read);
                read++;
            }
            catch (DecoupleQException error) when (!error.Message.Contains('\n'))
            {
                refused++;
            }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > FixedAllocation + (AllocationPerByte * damaged.Length))
            {
                throw new InvalidOperationException($"File {i} of seed {seed} has {damaged.Length} bytes, but {allocated} were allocated.");
            }
            largest = Math.Max(largest, allocated);
        }
        return new Outcome(read, refused, largest);
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

    // Bytes anywhere, or a number of the header replaced by one that is near a limit.
    private static byte[] Damage(byte[] original, int header, Random random)
    {
        if (random.Next(3) == 0)
        {
            return Mutation.Of(original, random);
        }
        byte[] bytes = [.. original];
        for (int change = random.Next(1, 3); change > 0; change--)
        {
            Span<byte> at = bytes.AsSpan(random.Next(header));
            ulong value = random.Next(6) switch
            {
                0 => (ulong)random.Next(40),
                1 => (ulong)original.Length - (ulong)random.Next(64),
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

    private static void ReadAll(string path, TensorAccess access)
    {
        using Checkpoint checkpoint = Checkpoint.Open(path, access);
        Architecture.Plan(checkpoint.ConfigSection);
        foreach (string name in checkpoint.Tensors.Keys)
        {
            checkpoint.Source.ReadFloats(name);
            checkpoint.CopyTensor(name, Stream.Null);
        }
        GgufTokenizerData.Read(path);
    }
}
