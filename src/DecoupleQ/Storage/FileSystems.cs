namespace DecoupleQ.Storage;

/// <summary>Where files are.</summary>
internal static class FileSystems
{
    // What is reached through another machine or program, which may go away or change files meanwhile: Linux's own names, those that .NET had for some of them
    // before its version 10, and macOS's.
    private static readonly string[] Remote =
    [
        "9p", "acfs", "afpfs", "afs", "beegfs", "ceph", "cifs", "coda", "drvfs", "fhgfs", "fuse", "gfs", "gfs2", "gpfs", "lustre", "macfuse", "ncp", "ncpfs",
        "nfs", "nfs4", "ocfs2", "orangefs", "osxfuse", "panfs", "prl_fs", "pvfs2", "smb", "smb2", "smb3", "smbfs", "v9fs", "vboxfs", "vboxsf", "virtiofs",
        "vmhgfs", "webdav", "wekafs",
    ];

    // As in fuse.sshfs; a disk of this machine that a program reads, such as one of Windows, is fuseblk.
    private const string RemotePrefix = "fuse.";

    // Whose files are made up as they are read, some without end.
    private static readonly string[] Views = ["proc", "debugfs", "tracefs"];

    /// <summary>Whether <paramref name="path"/> is on a disk or in memory of this machine, as far as the system tells.</summary>
    public static bool IsLocal(string path)
    {
        string real = LinkedPath.Real(path);
        try
        {
            var drive = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(real)! : real);
            return IsLocal(drive.DriveType, drive.DriveFormat);
        }
        catch (ArgumentException)
        {
            // A share of Windows has no drive.
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Whether <paramref name="path"/>, which is there and no link, stands for something of the system rather than for bytes that are kept.</summary>
    public static bool IsView(string path)
    {
        try
        {
            return !OperatingSystem.IsWindows() && Views.Contains(new DriveInfo(path).DriveFormat, StringComparer.OrdinalIgnoreCase);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether a file system of this kind is local.</summary>
    internal static bool IsLocal(DriveType type, string format) => type != DriveType.Network
        && !Remote.Contains(format, StringComparer.OrdinalIgnoreCase)
        && !format.StartsWith(RemotePrefix, StringComparison.OrdinalIgnoreCase);
}
