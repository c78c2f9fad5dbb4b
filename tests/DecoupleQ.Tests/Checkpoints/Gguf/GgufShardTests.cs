using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;

namespace DecoupleQ.Tests.Checkpoints.Gguf;

/// <summary>Models in several files.</summary>
public sealed class GgufShardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_shard_opens_the_whole_model(int named)
    {
        Write();
        using Checkpoint whole = CheckpointFiles.Open(GgufImage.Model().Save(_folder)), shards = CheckpointFiles.Open(Shard(named));
        Assert.Equal(whole.Config.ToJsonString(), shards.Config.ToJsonString());
        Assert.Equal(whole.Tensors.Keys.Order(), shards.Tensors.Keys.Order());
        Assert.All(whole.Tensors.Keys, name => Assert.Equal(whole.Source.ReadFloats(name), shards.Source.ReadFloats(name)));
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        Write();
        File.Delete(Shard(2));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(Shard(3)));
        Assert.Equal(Shard(2), error.File);
        Assert.Contains("all 3 shards", error.Message);
    }

    [Fact]
    public void A_shard_in_another_s_place_is_refused()
    {
        Write();
        File.Copy(Shard(3), Shard(2), overwrite: true);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(Shard(1)));
        Assert.Equal((Shard(2), "split.no"), (error.File, error.Field));
    }

    [Fact]
    public void A_number_of_tensors_that_the_shards_do_not_hold_is_refused()
    {
        Write(tensors: 12);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(Shard(2)));
        Assert.Equal((Shard(1), "split.tensors.count"), (error.File, error.Field));
    }

    [Fact]
    public void A_tensor_in_two_shards_is_refused()
    {
        Write(twice: "output_norm.weight");
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(Shard(1)));
        Assert.Equal("output_norm.weight", error.Field);
    }

    private string Shard(int number) => _folder.File($"tiny-{number:D5}-of-00003.gguf");

    // The first shard holds only the metadata and one tensor, the last one only tensors.
    private void Write(int? tensors = null, string? twice = null)
    {
        string[] first = ["token_embd.weight"], second = ["output_norm.weight", "blk.0.attn_norm.weight", "blk.0.ffn_norm.weight", "blk.0.attn_q.weight"];
        for (int i = 0; i < 3; i++)
        {
            GgufImage image = GgufImage.Model();
            string[] kept = i == 0 ? first : i == 1 ? second : [.. image.TensorNames.Except(first).Except(second)];
            string[] all = [.. image.TensorNames.Where(name => !kept.Contains(name) && name != twice)];
            Array.ForEach(all, name => image.Remove(name));
            if (i > 0)
            {
                Array.ForEach([.. image.Keys.Where(key => key != "general.architecture")], key => image.Remove(key));
            }
            image.Add("split.no", (ushort)i).Add("split.count", (ushort)3).Add(
                "split.tensors.count", tensors ?? (twice is null ? 11 : 13)).Save(_folder, Path.GetFileName(Shard(i + 1)));
        }
    }
}
