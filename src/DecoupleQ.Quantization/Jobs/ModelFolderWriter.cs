using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>Writes a model's folder: the weights shard by shard, then the index and the rest.</summary>
/// <param name="folder">Where to.</param>
/// <param name="shards">Shards in all; a single one is <c>model.safetensors</c> and needs no index.</param>
internal sealed class ModelFolderWriter(string folder, int shards)
{
    private readonly List<string> _files = [];
    private readonly List<(string File, IReadOnlyList<TensorPayload> Tensors)> _written = [];

    /// <summary>Bits stored so far.</summary>
    public long StoredBits => _written.Sum(s => s.Tensors.Sum(t => t.ByteLength)) * 8;

    /// <summary>Names of the files written so far.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Writes the next shard to the disk.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public void WriteShard(IReadOnlyList<TensorPayload> tensors, CancellationToken cancellationToken)
    {
        string file = shards == 1 ? SafetensorsFolder.SingleFile : string.Create(CultureInfo.InvariantCulture, $"model-{_written.Count + 1:D5}-of-{shards:D5}.safetensors");
        SafetensorsWriter.Write(Path.Combine(folder, file), tensors, cancellationToken);
        _files.Add(file);
        // What was written need not be kept.
        _written.Add((file, [.. tensors.Select(t => new TensorPayload(t.Name, t.Type, t.Shape, (_, _) => throw new InvalidOperationException()))]));
    }

    /// <summary>Writes the index of the shards.</summary>
    public void WriteIndex()
    {
        if (shards > 1)
        {
            Guard(ShardIndex.FileName, path => ShardIndex.Write(path, _written));
        }
    }

    /// <summary>Writes a JSON file.</summary>
    public void WriteJson(string file, JsonObject content) => Guard(file, path =>
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        stream.Write(Encoding.UTF8.GetBytes(content.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n"));
        stream.Flush(flushToDisk: true);
    });

    /// <summary>Writes a file that goes along.</summary>
    public void Write(CompanionFile file) => Guard(file.Name, path =>
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        file.Write(stream);
        stream.Flush(flushToDisk: true);
    });

    private void Guard(string file, Action<string> write)
    {
        string path = Path.Combine(folder, file);
        try
        {
            write(path);
            _files.Add(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"The file cannot be written: {error.Message}", path, inner: error);
        }
    }
}
