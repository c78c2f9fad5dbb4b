using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Storage;

/// <summary>Reads JSON files of a model folder: one object, no key twice, every number finite, every string valid.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true, NewLine = "\n" };

    private static ReadOnlySpan<byte> Mark => "\uFEFF"u8;

    /// <summary>Bytes of the byte order mark that an open file begins with; 0 if it has none.</summary>
    public static int MarkLength(SafeFileHandle handle, string path)
    {
        Span<byte> start = stackalloc byte[Mark.Length];
        if (StoredFile.Length(handle, path) < start.Length)
        {
            return 0;
        }
        StoredFile.ReadExactly(handle, path, start, 0);
        return start.SequenceEqual(Mark) ? start.Length : 0;
    }

    /// <summary>Reads the object in <paramref name="path"/>.</summary>
    /// <exception cref="DecoupleQException">The file is missing, or not such an object.</exception>
    public static JsonObject Read(string path) => Parse(StoredFile.ReadAll(path, FileKind.Json), path);

    /// <summary>Reads the object in <paramref name="path"/>; null if there is no such file.</summary>
    /// <exception cref="DecoupleQException">The file is not such an object.</exception>
    public static JsonObject? ReadIfThere(string path) => File.Exists(path) ? Read(path) : null;

    /// <summary>The fields of the object in <paramref name="path"/>; null if there is no such file.</summary>
    /// <exception cref="DecoupleQException">The file is not such an object.</exception>
    public static JsonSection? ReadFieldsIfThere(string path) => File.Exists(path) ? ReadFields(path) : null;

    /// <summary>The fields of the object in <paramref name="path"/>.</summary>
    /// <exception cref="DecoupleQException">The file is missing, or not such an object.</exception>
    public static JsonSection ReadFields(string path) => new(path, ParseElement(StoredFile.ReadAll(path, FileKind.Json), path));

    /// <summary>The content of a file that holds <paramref name="content"/>: indented, the same on every system.</summary>
    public static byte[] Bytes(JsonObject content) => Encoding.UTF8.GetBytes(content.ToJsonString(Layout) + "\n");

    /// <summary>Parses <paramref name="json"/>, UTF-8, as the content of <paramref name="path"/>.</summary>
    /// <exception cref="DecoupleQException">It is not such an object.</exception>
    public static JsonObject Parse(ReadOnlyMemory<byte> json, string path) => JsonObject.Create(ParseElement(json, path))!;

    /// <summary>Parses <paramref name="json"/>, UTF-8, whatever it holds; keys are not there twice, values are not checked.</summary>
    /// <exception cref="DecoupleQException">It is no JSON.</exception>
    public static JsonDocument ParseDocument(ReadOnlyMemory<byte> json, string path)
    {
        if (json.Span.StartsWith(Mark))
        {
            json = json[Mark.Length..];
        }
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw NotValid(path, error);
        }
    }

    /// <summary>Parses <paramref name="json"/>, UTF-8, whatever it holds: no key twice, every number finite, every string valid.</summary>
    /// <exception cref="DecoupleQException">It is no such JSON.</exception>
    public static JsonElement ParseAny(ReadOnlyMemory<byte> json, string path)
    {
        using JsonDocument document = ParseDocument(json, path);
        try
        {
            CheckValues(document.RootElement, path, null);
        }
        catch (InvalidOperationException error)
        {
            throw NotValid(path, error);
        }
        return document.RootElement.Clone();
    }

    private static JsonElement ParseElement(ReadOnlyMemory<byte> json, string path) => ParseAny(json, path) is { ValueKind: JsonValueKind.Object } element
        ? element
        : throw new DecoupleQException("The file is not a JSON object.", path);

    private static DecoupleQException NotValid(string path, Exception error) => new($"The file is not valid JSON: {JsonFault.Of(error)}", path, inner: error);

    private static void CheckValues(JsonElement element, string path, JsonPlace? place)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    CheckValues(property.Value, path, new JsonPlace(place, property.Name));
                }
                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in element.EnumerateArray())
                {
                    CheckValues(item, path, new JsonPlace(place, index++));
                }
                break;
            case JsonValueKind.String:
                // Throws on bytes that are not UTF-8 and on lone surrogates, which would otherwise surface wherever the value is used.
                element.GetString();
                break;
            case JsonValueKind.Number:
                if (!element.TryGetDouble(out double value) || !double.IsFinite(value))
                {
                    throw new DecoupleQException("The number is not finite.", path, place?.ToString(), "a number within double precision");
                }
                break;
        }
    }
}
