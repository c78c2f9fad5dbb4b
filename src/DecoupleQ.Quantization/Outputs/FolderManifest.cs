using System.Text.Json.Nodes;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Outputs;

/// <summary>
/// The files that a job wrote into a folder, in the folder's <c>decoupleq.json</c>, which is not among them but has a digest of itself: what tells a file of
/// ours from the user's. Nothing else is ever removed from a folder.
/// </summary>
/// <param name="Files">Their digests by name.</param>
internal sealed record FolderManifest(IReadOnlyDictionary<string, FileDigest> Files)
{
    /// <summary>The file that holds it, beside what the job has to report.</summary>
    public const string FileName = "decoupleq.json";

    /// <summary>What the file says wrote the folder.</summary>
    public const string Tool = "decoupleq";

    // Of a file, and of the file that holds the manifest, without it.
    private const string Section = "files", Bytes = "bytes", Sha256 = "sha256";

    /// <summary>The manifest of <paramref name="folder"/>; null if it has none that decoupleq wrote.</summary>
    public static FolderManifest? Read(string folder)
    {
        try
        {
            return JsonFile.ReadFieldsIfThere(Path.Combine(folder, FileName)) is JsonSection report
                && report.Text("tool") == Tool
                && report.Section(Section) is JsonSection files
                    ? new FolderManifest(files.Fields().ToDictionary(file => Checked(file.Name), file => Digest(file.Value), StringComparer.Ordinal))
                    : null;
        }
        catch (Exception error) when (error is DecoupleQException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The content of <see cref="FileName"/>.</summary>
    /// <param name="report">What it says besides; the manifest and the digest are added.</param>
    public byte[] Seal(JsonObject report)
    {
        report[Section] = ToJson();
        report[Sha256] = FileDigest.Of(JsonFile.Bytes(report)).Sha256;
        return JsonFile.Bytes(report);
    }

    private JsonObject ToJson() => new(Files.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => KeyValuePair.Create(
        file.Key, (JsonNode?)new JsonObject { [Bytes] = file.Value.Bytes, [Sha256] = file.Value.Sha256 })));

    /// <summary>Whether a file of this name is one of the folder's, or the one that holds the manifest.</summary>
    public bool Lists(string name) => name == FileName || Files.ContainsKey(name);

    /// <summary>The listed files that are gone from <paramref name="folder"/> or are not what was written; a link is not.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public IReadOnlyList<string> Changed(string folder, CancellationToken cancellationToken) =>
    [
        .. Files.Where(file => !IsAsWritten(Path.Combine(folder, file.Key), file.Value, cancellationToken)).Select(file => file.Key)
            .Concat(IsSealed(Path.Combine(folder, FileName)) ? [] : [FileName]).Order(StringComparer.Ordinal),
    ];

    /// <summary>Removes the listed files from <paramref name="folder"/>, and the folder if nothing else is in it.</summary>
    /// <exception cref="IOException">A file cannot be removed.</exception>
    public void Remove(string folder)
    {
        // Last the one that says which they are: what a kill leaves is then still ours to remove.
        foreach (string name in (string[])[.. Files.Keys, FileName])
        {
            File.Delete(Path.Combine(folder, name));
        }
        EmptyFolder.Remove(folder);
    }

    private static bool IsSealed(string path)
    {
        if (new FileInfo(path) is not { Exists: true, LinkTarget: null })
        {
            return false;
        }
        byte[] content = StoredFile.ReadAll(path, FileKind.Json);
        try
        {
            JsonObject report = JsonFile.Parse(content, path);
            return JsonFile.Bytes(report).AsSpan().SequenceEqual(content)
                && report.Remove(Sha256, out JsonNode? digest) && digest is JsonValue text && text.TryGetValue(out string? sha256)
                && sha256 == FileDigest.Of(JsonFile.Bytes(report)).Sha256;
        }
        catch (DecoupleQException)
        {
            return false;
        }
    }

    private static bool IsAsWritten(string path, FileDigest digest, CancellationToken cancellationToken) =>
        new FileInfo(path).LinkTarget is null && digest.IsOf(path, cancellationToken);

    private static string Checked(string name) => PlainName.IsHere(name) ? name : throw new FormatException();

    private static FileDigest Digest(JsonSection file) => new((long)file.RequiredNumber(Bytes), file.RequiredText(Sha256));
}
