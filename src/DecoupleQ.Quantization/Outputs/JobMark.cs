using System.Text.Json;
using System.Text.Json.Serialization;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Outputs;

/// <summary>What a job leaves in the folder that it works in: that it is a job's, which files it writes there, and whether they are whole.</summary>
/// <param name="Tool">Says that decoupleq wrote it.</param>
/// <param name="Command">The command that the job belongs to.</param>
/// <param name="Files">Names of the files of the model.</param>
/// <param name="Whole">Whether all of them are written, so that nothing is left to do but to put the folder in place.</param>
/// <param name="Replaces">Whether it then takes the place of another one.</param>
internal sealed record JobMark(string Tool, string Command, IReadOnlyList<string> Files, bool Whole, bool Replaces)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "job.json";

    /// <summary>The mark in <paramref name="folder"/>; null if there is none that can be read.</summary>
    public static JobMark? Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path)
                && JsonSerializer.Deserialize(StoredFile.ReadAll(path, FileKind.JobMark), JobMarkJson.Default.JobMark) is { Tool: FolderManifest.Tool } mark
                && mark.Files.All(name => name is not null && PlainName.IsHere(name))
                    ? mark
                    : null;
        }
        catch (Exception error) when (error is JsonException or DecoupleQException)
        {
            return null;
        }
    }

    /// <summary>Puts it on the disk.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public void Write(string folder, DurableWriter disk) =>
        disk.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, JobMarkJson.Default.JobMark));
}

[JsonSerializable(typeof(JobMark))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
internal sealed partial class JobMarkJson : JsonSerializerContext;
