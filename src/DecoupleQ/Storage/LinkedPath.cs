namespace DecoupleQ.Storage;

/// <summary>Paths that may be symbolic links.</summary>
internal static class LinkedPath
{
    /// <summary>
    /// Where <paramref name="path"/> leads: the full path of a link's last target, which need not be there, or its own. What is put in place of that leaves
    /// links as they are.
    /// </summary>
    /// <exception cref="DecoupleQException">Links lead in a circle, or cannot be read.</exception>
    public static string Target(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            return File.ResolveLinkTarget(full, returnFinalTarget: true) is FileSystemInfo target ? Path.TrimEndingDirectorySeparator(target.FullName) : full;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return full;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException(
                $"The link cannot be followed: {error.Message}", full, expected: "a link that leads to a place to write to", inner: error);
        }
    }

    /// <summary>
    /// The full path with links resolved as far as it exists, so that another name for the same file or folder is recognised.
    /// </summary>
    public static string Real(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not string parent)
        {
            return full;
        }
        string here = Path.Combine(Real(parent), Path.GetFileName(full));
        FileSystemInfo entry = Directory.Exists(here) ? new DirectoryInfo(here) : new FileInfo(here);
        return entry.Exists && entry.ResolveLinkTarget(returnFinalTarget: true) is FileSystemInfo link
            ? Path.TrimEndingDirectorySeparator(link.FullName)
            : here;
    }

    /// <summary>Whether one <see cref="Real"/> path is another, or inside it.</summary>
    public static bool IsWithin(string path, string folder)
    {
        StringComparison comparison = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return path.Equals(folder, comparison) || path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, comparison);
    }
}
