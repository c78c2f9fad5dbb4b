using System.Text.Json;
using DecoupleQ.Storage;

namespace DecoupleQ.Checkpoints;

/// <summary>A sharded checkpoint's index: which file of its folder holds which tensor.</summary>
internal static class ShardIndex
{
    /// <summary>The file's name.</summary>
    public const string FileName = "model.safetensors.index.json";

    /// <summary>Reads the index of a folder.</summary>
    /// <returns>The shard of each tensor, as a plain file name.</returns>
    /// <exception cref="DecoupleQException">The index is malformed or names a file outside the folder.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        JsonSection root = JsonFile.ReadFields(path);
        JsonSection map = root.Section("weight_map") ?? throw root.Absent("weight_map", "an object from tensor to file");
        var shards = new Dictionary<string, string>();
        foreach ((string tensor, JsonSection file) in map.Fields())
        {
            string shard = file.Text();
            if (!IsPlainName(shard))
            {
                throw file.Unexpected("the name of a .safetensors file in the same folder");
            }
            shards.Add(tensor, shard);
        }
        return shards.Count > 0 ? shards : throw root.Unexpected("weight_map", "at least one tensor");
    }

    /// <summary>Writes the index of shards.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="tensors">All tensors; each names its file.</param>
    public static void Write(Stream stream, IEnumerable<TensorInfo> tensors)
    {
        long totalBytes = 0;
        var map = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (TensorInfo tensor in tensors)
        {
            map.Add(tensor.Name, Path.GetFileName(tensor.File));
            totalBytes += tensor.ByteLength;
        }
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        writer.WriteStartObject();
        writer.WriteStartObject("metadata");
        writer.WriteNumber("total_size", totalBytes);
        writer.WriteEndObject();
        writer.WriteStartObject("weight_map");
        foreach ((string tensor, string file) in map)
        {
            writer.WriteString(tensor, file);
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static bool IsPlainName(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal) && PlainName.Is(name);
}
