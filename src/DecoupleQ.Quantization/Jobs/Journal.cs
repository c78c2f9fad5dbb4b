using System.Text.Json;
using System.Text.Json.Serialization;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>What a job in a partial folder has finished: the fingerprint of its input, and a report for each block whose shard is on the disk.</summary>
/// <param name="Fingerprint">What the result depends on.</param>
/// <param name="Blocks">Finished blocks, from the first on.</param>
internal sealed record Journal(SortedDictionary<string, string> Fingerprint, List<BlockReport> Blocks)
{
    /// <summary>The windows that the model wrote for its calibration, one after another, ids of 4 bytes, little-endian; null if it wrote none.</summary>
    public byte[]? Written { get; init; }

    private const string FileName = "journal.json";

    /// <summary>The journal of a partial folder; null if no block is finished there.</summary>
    /// <exception cref="DecoupleQException">It is damaged.</exception>
    public static Journal? Read(string folder)
    {
        string path = PathIn(folder);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(StoredFile.ReadAll(path, FileKind.Journal), JournalJson.Default.Journal) : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new DecoupleQException(
                $"The journal of the unfinished job cannot be read: {error.Message}",
                path,
                expected: "--force to start again",
                inner: error);
        }
    }

    /// <summary>Whether a partial folder has one.</summary>
    public static bool ExistsIn(string folder) => File.Exists(PathIn(folder));

    /// <summary>Puts it on the disk.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public void Write(string folder) => DurableFile.Write(PathIn(folder), JsonSerializer.SerializeToUtf8Bytes(this, JournalJson.Default.Journal));

    /// <summary>Removes it: the folder is whole.</summary>
    public static void Delete(string folder) => File.Delete(PathIn(folder));

    /// <summary>Refuses to continue a job whose input has changed.</summary>
    /// <param name="now">The input's fingerprint now.</param>
    /// <param name="blocks">Blocks that the job quantizes.</param>
    /// <param name="folder">The partial folder, for the error.</param>
    /// <exception cref="DecoupleQException">It has changed; says what. Or the journal tells of blocks that there are not.</exception>
    public void CheckSame(SortedDictionary<string, string> now, int blocks, string folder)
    {
        // Settings first: they may be why the calibration has changed.
        string[] changed =
        [
            .. now.Keys.Union(Fingerprint.Keys)
                .Where(k => now.GetValueOrDefault(k) != Fingerprint.GetValueOrDefault(k))
                .OrderBy(IsData)
                .Select(k => Describe(k, now)),
        ];
        if (changed.Length > 0)
        {
            throw new DecoupleQException(
                $"The unfinished job was another one: {string.Join("; ", changed)}.",
                folder,
                "resume",
                "the same command as before, or --force to start again");
        }
        if (Blocks.Count > blocks || Blocks.Contains(null!))
        {
            throw new DecoupleQException(
                "The journal of the unfinished job tells of blocks that there are not.",
                PathIn(folder),
                "blocks",
                $"at most {blocks}; --force to start again");
        }
    }

    private static bool IsData(string name) => name is "model" or "calibration";

    private string Describe(string name, SortedDictionary<string, string> now) => IsData(name)
        ? $"the {name} has changed"
        : $"{name} was {Fingerprint.GetValueOrDefault(name, "not there")} and is {now.GetValueOrDefault(name, "not there")}";

    private static string PathIn(string folder) => Path.Combine(folder, FileName);
}

[JsonSerializable(typeof(Journal))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
internal sealed partial class JournalJson : JsonSerializerContext;
