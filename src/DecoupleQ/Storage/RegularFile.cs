namespace DecoupleQ.Storage;

/// <summary>Files as opposed to devices, pipes and sockets, which stand among them in folders.</summary>
internal static class RegularFile
{
    /// <summary>Refuses a path that a new file is to take, if something else than a file has it.</summary>
    /// <param name="path">The path, links followed.</param>
    /// <exception cref="DecoupleQException">It is a device, a pipe or a socket, or cannot be looked at.</exception>
    public static void CheckReplaceable(string path) => Check(path, mayLeadNowhere: false, "a file to write");

    /// <summary>Refuses a path that is to be read, if something else than a file is there. What is missing, or a folder, passes: opening it says so.</summary>
    /// <param name="path">The path; links are followed.</param>
    /// <exception cref="DecoupleQException">It is a device, a pipe or a socket, or cannot be looked at.</exception>
    public static void CheckReadable(string path) => Check(path, mayLeadNowhere: true, "a file; a pipe only as -, where standard input is read");

    private static void Check(string path, bool mayLeadNowhere, string expected)
    {
        try
        {
            if (File.Exists(path) && !IsFile(path, mayLeadNowhere))
            {
                throw new DecoupleQException("This is a device or a pipe.", path, expected: expected);
            }
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Gone since it was looked for.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"The file cannot be opened: {error.Message}", path, expected: expected, inner: error);
        }
    }

    private static bool IsFile(string path, bool mayLeadNowhere)
    {
        // Windows has no pipes or devices in folders, and tells by the open file whether it is one.
        if (OperatingSystem.IsWindows())
        {
            return true;
        }
        var entry = new FileInfo(LinkedPath.Real(path));
        if (!entry.Exists)
        {
            // A link that leads nowhere stands for a file that is missing; what is written through it would come to be anywhere.
            return mayLeadNowhere && !LeadsToWhatIsOpen(path);
        }
        // Only what has no bytes can be something else than a file.
        return entry.Length > 0 || (!FileSystems.IsView(entry.FullName) && EntryType.IsRegularFile(entry.FullName));
    }

    // Links of /proc to what a process has open are followed by the system itself: what they say is no path where that is a pipe, or was removed.
    private static bool LeadsToWhatIsOpen(string link)
    {
        for (int links = 0; links < LinkedPath.MostLinks && new FileInfo(link).LinkTarget is string target; links++)
        {
            string folder = LinkedPath.Real(Path.GetDirectoryName(Path.GetFullPath(link))!);
            if (FileSystems.IsView(folder))
            {
                return true;
            }
            link = Path.Combine(folder, target);
        }
        return false;
    }
}
