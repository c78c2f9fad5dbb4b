using System.Text;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tensors;

namespace DecoupleQ.Tests.Checkpoints;

/// <summary>Checkpoints of very many tensors: what they take grows with the tensors, and by little.</summary>
public sealed class ManyTensorsTests : IDisposable
{
    private const int Tensors = 60_000;

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _names = [.. Enumerable.Range(0, Tensors).Select(i => $"model.layers.{i / 100}.e.{i % 100}.weight")];

    public ManyTensorsTests() => File.WriteAllText(_folder.File("config.json"), "{}");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void A_checkpoint_of_many_tensors_is_opened_and_summed_up_in_little_memory(int shards)
    {
        Write(shards);
        long before = GC.GetAllocatedBytesForCurrentThread();
        using Checkpoint checkpoint = CheckpointFiles.Open(_folder.Path);
        var summary = CheckpointSummary.Of(checkpoint);
        long allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / Tensors;
        Assert.Equal(_names, summary.Tensors.Select(tensor => tensor.Name));
        Assert.Equal(_names.Select(name => name[..^".weight".Length]), summary.Modules.Select(module => module.Name));
        Assert.Equal((Tensors, 2L * Tensors), ((int)summary.Weights, summary.Bytes));
        // A tensor: its name, what is known of it and its places in tables take 300 bytes; names of the index and the like come and go.
        Assert.InRange(allocated, 100, shards == 1 ? 700 : 1000);
    }

    [Fact]
    public void A_token_of_a_header_may_be_longer_than_what_is_read_at_a_time()
    {
        string name = _folder.File("model.safetensors"), note = new('x', 300_000);
        string header = $$$"""{"a.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"__metadata__":{"note":"{{{note}}}"},"b":""";
        byte[] json = Encoding.UTF8.GetBytes(header + """{"dtype":"F32","shape":[],"data_offsets":[4,8]}}""");
        File.WriteAllBytes(name, [.. BitConverter.GetBytes((long)json.Length), .. json, .. new byte[8]]);
        using Checkpoint checkpoint = CheckpointFiles.Open(_folder.Path);
        Assert.Equal(["a.weight", "b"], checkpoint.Tensors.Keys);
    }

    private void Write(int shards)
    {
        var all = new List<TensorInfo>();
        foreach ((int i, string[] part) in _names.Chunk((Tensors + shards - 1) / shards).Index())
        {
            string file = _folder.File(shards == 1 ? SafetensorsFolder.SingleFile : $"{i}.safetensors");
            SafetensorsWriter.Write(
                file, [.. part.Select(name => TensorPayload.Floats(name, ElementType.F16, [1, 1], (float[])[1]))], TestContext.Current.CancellationToken);
            all.AddRange(part.Select(name => new TensorInfo(name, TensorType.F16, [1, 1], file, 2)));
        }
        if (shards > 1)
        {
            using FileStream index = File.Create(_folder.File(ShardIndex.FileName));
            ShardIndex.Write(index, all);
        }
    }
}
