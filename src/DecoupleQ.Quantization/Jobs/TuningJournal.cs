using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Quantization.Tuning;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>How far a tuning in a work folder is.</summary>
/// <param name="Fingerprint">What the result depends on.</param>
internal sealed record TuningJournal(SortedDictionary<string, string> Fingerprint)
{
    /// <summary>Windows that the dense model wrote, one after another, ids of 4 bytes, little-endian; null if it wrote none.</summary>
    public byte[]? Written { get; init; }

    /// <summary>The file that <see cref="TuningCheck"/>s' last one was kept in, of two that take turns; null before the first.</summary>
    public FileDigest? State { get; init; }

    /// <summary>Looks at the held-out windows, the first before any step.</summary>
    public IReadOnlyList<TuningCheck> Checks { get; init; } = [];

    /// <summary>Shards of the best so far, which are in the model's folder.</summary>
    public IReadOnlyList<FileDigest> Shards { get; init; } = [];

    /// <summary>The first look with the lowest loss; null before any.</summary>
    [JsonIgnore]
    public TuningCheck? Best => Checks.MinBy(check => check.HeldOutLoss);

    /// <summary>Whether training is over: only files are left to write.</summary>
    public bool IsOver { get; init; }

    /// <summary>SHA-256 of the journal without it.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The journal of a work folder; null if there is none.</summary>
    /// <exception cref="DecoupleQException">It is damaged.</exception>
    public static TuningJournal? Read(string folder)
    {
        string path = PathIn(folder);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            TuningJournal? journal = JsonSerializer.Deserialize(StoredFile.ReadAll(path, FileKind.Journal), TuningJournalJson.Default.TuningJournal);
            return journal is not null && journal.Sha256 == journal.Hash() ? journal : throw Damaged("it is not what was written", null);
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
        disk.Write(PathIn(folder), JsonSerializer.SerializeToUtf8Bytes(this with { Sha256 = Hash() }, TuningJournalJson.Default.TuningJournal));

    private string Hash() => Convert.ToHexStringLower(
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { Sha256 = null }, TuningJournalJson.Default.TuningJournal)));

    private static string PathIn(string folder) => Path.Combine(folder, WorkFolder.JournalFile);
}

[JsonSerializable(typeof(TuningJournal))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
internal sealed partial class TuningJournalJson : JsonSerializerContext;
