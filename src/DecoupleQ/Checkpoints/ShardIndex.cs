using System.Text.Json;
using DecoupleQ.Storage;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Checkpoints;

/// <summary>A sharded checkpoint's index: which file of its folder holds which tensor.</summary>
internal static class ShardIndex
{
    /// <summary>The file's name.</summary>
    public const string FileName = "model.safetensors.index.json";

    private const string Map = "weight_map";

    /// <summary>Reads the index of a folder, from its beginning to its end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="place">Takes the name of each tensor, and its shard as a plain file name.</param>
    /// <exception cref="DecoupleQException">The index is malformed or names a file outside the folder.</exception>
    public static void Read(string path, Action<string, string> place)
    {
        using SafeFileHandle handle = StoredFile.Open(path, FileKind.Json);
        try
        {
            Read(handle, path, place);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new DecoupleQException($"The file is not valid JSON: {JsonFault.Of(error)}", path, inner: error);
        }
    }

    private static void Read(SafeFileHandle handle, string path, Action<string, string> place)
    {
        int mark = JsonFile.MarkLength(handle, path);
        var json = new JsonPieces(handle, path, mark, StoredFile.Length(handle, path) - mark, default);
        json.Read();
        if (json.Token.TokenType != JsonTokenType.StartObject)
        {
            throw new DecoupleQException("The file is not a JSON object.", path);
        }
        var fields = new HashSet<string>();
        int tensors = 0;
        while (json.Read() && json.Token.TokenType == JsonTokenType.PropertyName)
        {
            string field = json.Token.GetString()!;
            if (!fields.Add(field))
            {
                throw new DecoupleQException("The field is there twice.", path, field);
            }
            json.Read();
            if (field == Map && json.Token.TokenType != JsonTokenType.Null)
            {
                tensors = ReadMap(ref json, path, place);
            }
            else
            {
                json.Skip();
            }
        }
        json.Read();
        if (tensors == 0)
        {
            throw new DecoupleQException("The field is missing, or names no tensor.", path, Map, "an object from tensor to file, with at least one tensor");
        }
    }

    private static int ReadMap(ref JsonPieces json, string path, Action<string, string> place)
    {
        if (json.Token.TokenType != JsonTokenType.StartObject)
        {
            throw new DecoupleQException("The value is no object.", path, Map, "an object from tensor to file");
        }
        int count = 0;
        string shard = "";
        while (json.Read() && json.Token.TokenType == JsonTokenType.PropertyName)
        {
            string tensor = json.Token.GetString()!;
            json.Read();
            // One shard holds many.
            if (json.Token.TokenType != JsonTokenType.String || !(count > 0 && json.Token.ValueTextEquals(shard)))
            {
                shard = json.Token.TokenType == JsonTokenType.String ? json.Token.GetString()! : "";
                if (!IsPlainName(shard))
                {
                    throw new DecoupleQException(
                        "The value is no such name.", path, $"{Map}.{tensor}", "a text: the name of a .safetensors file in the same folder");
                }
            }
            place(tensor, shard);
            count++;
        }
        return count;
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
        writer.WriteStartObject(Map);
        foreach ((string tensor, string file) in map)
        {
            writer.WriteString(tensor, file);
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static bool IsPlainName(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal) && PlainName.Is(name);
}
