using System.Formats.Tar;

namespace DecoupleQ.Storage;

/// <summary>What stands at a path, told without opening it: opening a pipe waits for whoever may come to write to it.</summary>
/// <remarks>Of what .NET offers, only the writer of tar archives asks the system for the type of an entry.</remarks>
internal static class EntryType
{
    private const int RefusedByRuntime = unchecked((int)0x80131620);

    /// <summary>Whether <paramref name="path"/>, which is there, is no link and has no bytes, is a file. Sockets are none.</summary>
    /// <exception cref="IOException">It is gone.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static bool IsRegularFile(string path)
    {
        using var archive = new MemoryStream();
        try
        {
            using var writer = new TarWriter(archive, TarEntryFormat.Gnu, leaveOpen: true);
            writer.WriteEntry(path, "entry");
        }
        catch (IOException error) when (File.Exists(path))
        {
            // What archives cannot hold is refused by .NET; an error of the system comes of opening, which is done to files alone, one that is locked perhaps.
            return error.HResult != RefusedByRuntime;
        }
        archive.Position = 0;
        using var reader = new TarReader(archive);
        return reader.GetNextEntry()?.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile;
    }
}
