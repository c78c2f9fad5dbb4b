using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>Writes a packed model's folder shard by shard: one for what stands outside the blocks, then one a block, then the index and the rest.</summary>
/// <param name="folder">Where to.</param>
/// <param name="shards">Shards in all.</param>
internal sealed class PackedFolderWriter(string folder, int shards)
{
    /// <summary>The file of a shard, by its number from 0.</summary>
    public string ShardPath(int shard) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"model-{shard + 1:D5}-of-{shards:D5}.safetensors"));

    /// <summary>Writes a shard to the disk.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public void WriteShard(int shard, IReadOnlyList<TensorPayload> tensors, CancellationToken cancellationToken) =>
        DurableFile.Write(ShardPath(shard), temporary => SafetensorsWriter.Write(temporary, tensors, cancellationToken));

    /// <summary>Writes the index of all shards and returns what they hold.</summary>
    public IReadOnlyList<TensorInfo> WriteIndex()
    {
        var tensors = new List<TensorInfo>();
        for (int shard = 0; shard < shards; shard++)
        {
            using SafetensorsFile file = SafetensorsFile.Open(ShardPath(shard), TensorAccess.Read);
            tensors.AddRange(file.Tensors.Values);
        }
        DurableFile.Write(Path.Combine(folder, ShardIndex.FileName), temporary => ShardIndex.Write(temporary, tensors));
        return tensors;
    }

    /// <summary>Writes a JSON file.</summary>
    public void WriteJson(string file, JsonObject content) => DurableFile.Write(
        Path.Combine(folder, file), Encoding.UTF8.GetBytes(content.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n"));

    /// <summary>Copies a file as it is.</summary>
    public void Copy(string source) => DurableFile.Write(Path.Combine(folder, Path.GetFileName(source)), File.ReadAllBytes(source));
}
