using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>A journal with a digest of itself: one that somebody or a disk has changed is not believed.</summary>
/// <typeparam name="T">The journal.</typeparam>
internal interface ISealed<T>
{
    /// <summary>SHA-256 of the journal without it.</summary>
    string? Sha256 { get; }

    /// <summary>The same journal with another digest.</summary>
    T With(string? sha256);
}

/// <summary>The file in a work folder in which a job notes what it has finished.</summary>
internal static class JournalFile
{
    /// <summary>The journal of a work folder; null if nothing is finished there.</summary>
    /// <exception cref="DecoupleQException">It is damaged.</exception>
    public static T? Read<T>(string folder, JsonTypeInfo<T> type)
        where T : class, ISealed<T>
    {
        string path = PathIn(folder);
        if (!File.Exists(path))
        {
            return null;
        }
        try
        {
            T? journal = JsonSerializer.Deserialize(StoredFile.ReadAll(path, FileKind.Journal), type);
            return journal is not null && journal.Sha256 == Hash(journal, type) ? journal : throw Damaged("it is not what was written", null);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw Damaged(error.Message, error);
        }

        DecoupleQException Damaged(string why, Exception? error) =>
            new($"The journal of the unfinished job cannot be read: {why}", path, expected: "--force to start again", inner: error);
    }

    /// <summary>Puts a journal on the disk.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public static void Write<T>(string folder, T journal, JsonTypeInfo<T> type, DurableWriter disk)
        where T : class, ISealed<T> => disk.Write(PathIn(folder), JsonSerializer.SerializeToUtf8Bytes(journal.With(Hash(journal, type)), type));

    /// <summary>Its place in a work folder.</summary>
    public static string PathIn(string folder) => Path.Combine(folder, WorkFolder.JournalFile);

    private static string Hash<T>(T journal, JsonTypeInfo<T> type)
        where T : ISealed<T> => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(journal.With(null), type)));
}
