using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Outputs;

/// <summary>Keeps a work folder to one job at a time.</summary>
internal sealed class FolderLock : IDisposable
{
    private const int MostAttempts = 5;

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Refuses a folder that a running job has; creates nothing.</summary>
    /// <exception cref="DecoupleQException">There is one, or it cannot be found out.</exception>
    public static void CheckFree(WorkFolder work)
    {
        if (File.Exists(work.Lock))
        {
            try
            {
                RegularFile.CheckReplaceable(work.Lock);
                new FileStream(work.Lock, FileMode.Open, FileAccess.Read, FileShare.Read).Dispose();
            }
            catch (IOException error) when (IsHeldByAnother(error))
            {
                throw InUse(work, error);
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
            {
                // The job has ended.
            }
        }
    }

    /// <summary>Creates the work folder and takes its lock.</summary>
    /// <exception cref="DecoupleQException">Another job has it, or it cannot be created.</exception>
    public static FolderLock Take(WorkFolder work)
    {
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                Directory.CreateDirectory(work.Path);
                var file = new FileStream(work.Lock, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
                // A file system without locks keeps nobody out: then there is none to be had.
                if (IsAt(work.Lock) || attempt == MostAttempts)
                {
                    return new FolderLock(file);
                }
                // A job that ended meanwhile has removed what was opened.
                file.Dispose();
            }
        }
        catch (IOException error) when (IsHeldByAnother(error))
        {
            throw InUse(work, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException(
                $"The folder cannot be created: {error.Message}", work.Path,
                expected: error is PathTooLongException ? "a shorter name, as the job works in this folder" : "a place that can be written to", inner: error);
        }
    }

    /// <summary>Lets go of the lock and removes it with its folder, if nothing else is in that; whether the folder is gone.</summary>
    public bool Release(WorkFolder work)
    {
        try
        {
            // While it is held, so that nobody who takes it next loses it; Windows wants it the other way round.
            if (!OperatingSystem.IsWindows())
            {
                File.Delete(work.Lock);
            }
            Dispose();
            if (OperatingSystem.IsWindows())
            {
                File.Delete(work.Lock);
            }
            return EmptyFolder.Remove(work.Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Dispose() => _file.Dispose();

    // Only the file that is held cannot be opened a second time.
    private static bool IsAt(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None).Dispose();
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException error) when (IsHeldByAnother(error))
        {
            return true;
        }
    }

    // What .NET makes of a lock that another process or job has: a sharing violation on Windows, EWOULDBLOCK (on Linux, on macOS) elsewhere.
    private static bool IsHeldByAnother(Exception error) => error.HResult is unchecked((int)0x80070020) or 11 or 35;

    private static DecoupleQException InUse(WorkFolder work, Exception error) =>
        new("Another job is writing this folder.", work.Path, expected: "one job at a time for an output folder", inner: error);
}
