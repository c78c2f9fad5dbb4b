using System.Formats.Tar;

namespace DecoupleQ.Storage;

/// <summary>What stands at a path, told without opening it: opening a pipe waits for whoever may come to write to it.</summary>
/// <remarks>
/// Of what .NET offers, only the writer of tar archives asks the system for the type of an entry. It is asked for a header, and stopped before the content.
/// </remarks>
internal static class EntryType
{
    /// <summary>Whether <paramref name="path"/>, which is there and no link, is a file. Sockets are none.</summary>
    /// <exception cref="IOException">It is gone, or cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static bool IsRegularFile(string path)
    {
        var header = new HeaderStream();
        try
        {
            using var writer = new TarWriter(header, TarEntryFormat.Gnu, leaveOpen: true);
            writer.WriteEntry(path, "entry");
        }
        catch (HeaderComplete)
        {
        }
        catch (IOException) when (File.Exists(path))
        {
            // What archives cannot hold.
            return false;
        }
        return header.Type is TarEntryType.RegularFile or TarEntryType.V7RegularFile;
    }

    private sealed class HeaderComplete : Exception;

    // Ends the writer's work as soon as it has said the type.
    private sealed class HeaderStream : WriteOnlyStream
    {
        private const int TypeFlag = 156;

        public TarEntryType? Type { get; private set; }

        protected override void Take(ReadOnlySpan<byte> bytes)
        {
            if (Type is null && bytes.Length > TypeFlag)
            {
                Type = (TarEntryType)bytes[TypeFlag];
                throw new HeaderComplete();
            }
        }
    }
}
