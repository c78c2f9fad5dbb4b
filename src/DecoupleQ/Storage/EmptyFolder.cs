namespace DecoupleQ.Storage;

/// <summary>Folders that nothing is in.</summary>
internal static class EmptyFolder
{
    /// <summary>Removes a folder if it is there and nothing is in it; whether it is gone.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public static bool Remove(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return true;
        }
        if (Directory.EnumerateFileSystemEntries(folder).Any())
        {
            return false;
        }
        Directory.Delete(folder);
        return true;
    }
}
