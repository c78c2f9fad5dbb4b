using System.Text.Json.Serialization;
using DecoupleQ.Quantization.Tuning;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>How far a tuning in a work folder is.</summary>
/// <param name="Fingerprint">What the result depends on.</param>
internal sealed record TuningJournal(SortedDictionary<string, string> Fingerprint) : ISealed<TuningJournal>
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

    /// <inheritdoc/>
    public string? Sha256 { get; init; }

    /// <summary>The journal of a work folder; null if there is none.</summary>
    /// <exception cref="DecoupleQException">It is damaged.</exception>
    public static TuningJournal? Read(string folder) => JournalFile.Read(folder, TuningJournalJson.Default.TuningJournal);

    /// <summary>Puts it on the disk.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public void Write(string folder, DurableWriter disk) => JournalFile.Write(folder, this, TuningJournalJson.Default.TuningJournal, disk);

    /// <inheritdoc/>
    public TuningJournal With(string? sha256) => this with { Sha256 = sha256 };
}

[JsonSerializable(typeof(TuningJournal))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
internal sealed partial class TuningJournalJson : JsonSerializerContext;
