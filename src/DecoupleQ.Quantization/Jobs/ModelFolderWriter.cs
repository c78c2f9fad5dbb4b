using System.Globalization;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>Writes a model's folder: the weights shard by shard, then the index and the rest, and last the manifest of it all.</summary>
/// <param name="folder">Where to.</param>
/// <param name="shards">Shards in all; a single one is <c>model.safetensors</c> and needs no index.</param>
/// <param name="disk">Writes the files.</param>
internal sealed class ModelFolderWriter(string folder, int shards, DurableWriter disk)
{
    /// <summary>What a user can do where a file of a model's folder cannot be written.</summary>
    public const string DiskAdvice = DurableWriter.Room + "; the same command with --resume then continues";

    private readonly Dictionary<string, FileDigest> _files = [];

    /// <summary>What was written, or kept.</summary>
    public FolderManifest Manifest => new(_files);

    /// <summary>The files of a folder of <paramref name="shards"/> shards with <paramref name="others"/> beside them.</summary>
    public static IReadOnlyList<string> Names(int shards, IEnumerable<string> others) =>
    [
        .. Enumerable.Range(0, shards).Select(shard => ShardName(shard, shards)), .. shards > 1 ? [ShardIndex.FileName] : (string[])[],
        .. others, FolderManifest.FileName,
    ];

    /// <summary>The name of a shard's file.</summary>
    /// <param name="shard">Its number from 0.</param>
    /// <param name="shards">Shards in all.</param>
    public static string ShardName(int shard, int shards) => shards == 1
        ? SafetensorsFolder.SingleFile
        : string.Create(CultureInfo.InvariantCulture, $"model-{shard + 1:D5}-of-{shards:D5}.safetensors");

    /// <summary>The file of a shard, by its number from 0.</summary>
    public string ShardPath(int shard) => Path.Combine(folder, ShardName(shard, shards));

    /// <summary>Writes a shard to the disk.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public FileDigest WriteShard(int shard, IReadOnlyList<TensorPayload> tensors, CancellationToken cancellationToken) =>
        Write(ShardName(shard, shards), stream => SafetensorsWriter.Write(stream, tensors, cancellationToken));

    /// <summary>Keeps a shard that is on the disk; false if it is not there as it was written.</summary>
    /// <exception cref="DecoupleQException">It cannot be read.</exception>
    public bool KeepShard(int shard, FileDigest digest, CancellationToken cancellationToken)
    {
        if (!digest.IsOf(ShardPath(shard), cancellationToken))
        {
            return false;
        }
        _files[ShardName(shard, shards)] = digest;
        return true;
    }

    /// <summary>Writes the index, if there is more than one shard, and returns what all shards hold.</summary>
    public IReadOnlyList<TensorInfo> WriteIndex()
    {
        IReadOnlyList<TensorInfo> tensors = ReadTensors();
        if (shards > 1)
        {
            Write(ShardIndex.FileName, stream => ShardIndex.Write(stream, tensors));
        }
        return tensors;
    }

    /// <summary>What all shards hold.</summary>
    public IReadOnlyList<TensorInfo> ReadTensors()
    {
        var tensors = new List<TensorInfo>();
        for (int shard = 0; shard < shards; shard++)
        {
            using SafetensorsFile file = SafetensorsFile.Open(ShardPath(shard), TensorAccess.Read);
            tensors.AddRange(file.Tensors.Values);
        }
        return tensors;
    }

    /// <summary>Writes a file that goes along.</summary>
    public void Write(CompanionFile file) => Write(file.Name, file.Write);

    /// <summary>Writes <c>decoupleq.json</c>, with the manifest of all that was written before.</summary>
    public void WriteReport(JsonObject report) => disk.Write(Path.Combine(folder, FolderManifest.FileName), Manifest.Seal(report));

    private FileDigest Write(string name, Action<Stream> write) => _files[name] = disk.Write(Path.Combine(folder, name), write);
}
