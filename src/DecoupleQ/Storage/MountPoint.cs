namespace DecoupleQ.Storage;

/// <summary>Folders at which another file system begins: they cannot be renamed.</summary>
internal static class MountPoint
{
    /// <summary>Whether <paramref name="folder"/> is one, as far as the system tells.</summary>
    public static bool Is(string folder)
    {
        string real = LinkedPath.Real(folder);
        try
        {
            return Directory.Exists(real)
                && DriveInfo.GetDrives().Any(drive => Path.TrimEndingDirectorySeparator(drive.RootDirectory.FullName) is var root && root == real);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
