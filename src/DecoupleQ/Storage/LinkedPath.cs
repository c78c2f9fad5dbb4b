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
}
