using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>Writes a model's folder: the weights shard by shard, then the index and the rest. Each file is there whole or not at all.</summary>
/// <param name="folder">Where to.</param>
/// <param name="shards">Shards in all; a single one is <c>model.safetensors</c> and needs no index.</param>
internal sealed class ModelFolderWriter(string folder, int shards)
{
    /// <summary>The file of a shard, by its number from 0.</summary>
    public string ShardPath(int shard) => Path.Combine(
        folder,
        shards == 1 ? SafetensorsFolder.SingleFile : string.Create(CultureInfo.InvariantCulture, $"model-{shard + 1:D5}-of-{shards:D5}.safetensors"));

    /// <summary>Writes a shard to the disk.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public void WriteShard(int shard, IReadOnlyList<TensorPayload> tensors, CancellationToken cancellationToken) =>
        DurableFile.Write(ShardPath(shard), temporary => SafetensorsWriter.Write(temporary, tensors, cancellationToken));

    /// <summary>Writes the index, if there is more than one shard, and returns what all shards hold.</summary>
    public IReadOnlyList<TensorInfo> WriteIndex()
    {
        var tensors = new List<TensorInfo>();
        for (int shard = 0; shard < shards; shard++)
        {
            using SafetensorsFile file = SafetensorsFile.Open(ShardPath(shard), TensorAccess.Read);
            tensors.AddRange(file.Tensors.Values);
        }
        if (shards > 1)
        {
            DurableFile.Write(Path.Combine(folder, ShardIndex.FileName), temporary => ShardIndex.Write(temporary, tensors));
        }
        return tensors;
    }

    /// <summary>The bytes of a JSON file.</summary>
    public static byte[] Json(JsonObject content) =>
        Encoding.UTF8.GetBytes(content.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");

    /// <summary>Writes a JSON file.</summary>
    public void WriteJson(string file, JsonObject content) => DurableFile.Write(Path.Combine(folder, file), Json(content));

    /// <summary>Writes a file that goes along.</summary>
    public void Write(CompanionFile file) => DurableFile.Write(Path.Combine(folder, file.Name), temporary =>
    {
        using var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
        file.Write(stream);
        stream.Flush(flushToDisk: true);
    });
}
