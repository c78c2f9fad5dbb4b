using System.Security.Cryptography;
using System.Text.Json.Serialization;
using System.Text.Json;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>
/// What a job in a work folder has finished: the fingerprint of its input, a report for each block and the digest of each shard that is on the disk.
/// </summary>
/// <param name="Fingerprint">What the result depends on.</param>
/// <param name="Blocks">Finished blocks, from the first on; none of a conversion.</param>
/// <param name="Shards">Finished shards, from the first on.</param>
internal sealed record Journal(SortedDictionary<string, string> Fingerprint, List<BlockReport> Blocks, List<FileDigest> Shards)
{
    /// <summary>The windows that the model wrote for its calibration, one after another, ids of 4 bytes, little-endian; null if it wrote none.</summary>
    public byte[]? Written { get; init; }

    /// <summary>SHA-256 of the journal without it: a journal that somebody or a disk has changed is not believed.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The journal of a work folder; null if nothing is finished there.</summary>
    /// <exception cref="DecoupleQException">It is damaged.</exception>
    public static Journal? Read(string folder)
    {
        string path = PathIn(folder);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            Journal? journal = JsonSerializer.Deserialize(StoredFile.ReadAll(path, FileKind.Journal), JournalJson.Default.Journal);
            return journal is not null && journal.Sha256 == journal.Hash()
                ? journal
                : throw Damaged("it is not what was written", null);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw Damaged(error.Message, error);
        }

        DecoupleQException Damaged(string why, Exception? error) =>
            new($"The journal of the unfinished job cannot be read: {why}", path, expected: "--force to start again", inner: error);
    }

    /// <summary>Puts it on the disk.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public void Write(string folder, DurableWriter disk) =>
        disk.Write(PathIn(folder), JsonSerializer.SerializeToUtf8Bytes(this with { Sha256 = Hash() }, JournalJson.Default.Journal));

    /// <summary>Enters a finished shard: one that is made again, or the next.</summary>
    public void Put(int shard, FileDigest digest)
    {
        if (shard < Shards.Count)
        {
            Shards[shard] = digest;
        }
        else
        {
            Shards.Add(digest);
        }
    }

    /// <summary>Refuses to continue a job whose input has changed.</summary>
    /// <param name="now">The input's fingerprint now.</param>
    /// <param name="blocks">Blocks that the job quantizes.</param>
    /// <param name="folder">The partial folder, for the error.</param>
    /// <exception cref="DecoupleQException">It has changed; says what. Or the journal tells of blocks that there are not.</exception>
    public void CheckSame(SortedDictionary<string, string> now, int blocks, string folder)
    {
        Jobs.Fingerprint.CheckSame(Fingerprint, now, folder);
        if (Blocks.Count > blocks)
        {
            throw new DecoupleQException(
                "The journal of the unfinished job tells of blocks that there are not.",
                PathIn(folder),
                "blocks",
                $"at most {blocks}; --force to start again");
        }
    }

    private string Hash() =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { Sha256 = null }, JournalJson.Default.Journal)));

    private static string PathIn(string folder) => Path.Combine(folder, WorkFolder.JournalFile);
}

[JsonSerializable(typeof(Journal))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
internal sealed partial class JournalJson : JsonSerializerContext;
