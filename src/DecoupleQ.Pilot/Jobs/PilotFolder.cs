using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>
/// The folder of a pilot: <c>pilot.html</c>, <c>pilot.json</c> and <c>model</c>; until they are there, <c>work</c> with the journal and models that were tried.
/// </summary>
internal sealed class PilotFolder : IDisposable
{
    private const string WorkName = "work", JournalName = "journal.json", LockName = ".lock";

    private readonly FileStream _lock;

    private PilotFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The page.</summary>
    public static string PageName => "pilot.html";

    /// <summary>What it says, as JSON.</summary>
    public static string ResultName => "pilot.json";

    /// <summary>The chosen model's folder.</summary>
    public static string ModelName => "model";

    /// <summary>What is finished.</summary>
    public string Journal => InWork(JournalName);

    /// <summary>The chosen model's folder.</summary>
    public string Model => System.IO.Path.Combine(Path, ModelName);

    /// <summary>A path in the work folder: where a setting's model is until one is chosen.</summary>
    public string InWork(string name) => System.IO.Path.Combine(WorkOf(Path), name);

    /// <summary>Where the chosen model is: in its place, if a pilot that was killed has put it there already.</summary>
    /// <param name="work">Where it was until it was chosen.</param>
    public string Existing(string work) => Directory.Exists(work) ? work : Model;

    /// <summary>Whether there is a pilot in a folder that can be gone on with.</summary>
    public static bool IsInterrupted(string path) => File.Exists(System.IO.Path.Combine(WorkOf(path), JournalName));

    /// <summary>Refuses a folder that is not a pilot's to write; writes nothing.</summary>
    /// <exception cref="DecoupleQException">It is there and is not to be gone on with, or cannot be.</exception>
    public static void Check(string path, bool resume)
    {
        ParentFolder.CheckNoFileAbove(path);
        if (File.Exists(path))
        {
            throw new DecoupleQException("A file has this name.", path, "output", "a folder that does not exist yet");
        }
        if (!Directory.Exists(path))
        {
            return;
        }
        bool isPilot = IsInterrupted(path) || IsOnlyLock(path);
        if (isPilot && !resume)
        {
            throw new DecoupleQException("A pilot was interrupted here.", path, "output", "--resume to go on with it, or another folder");
        }
        if (!isPilot && Directory.EnumerateFileSystemEntries(path).Any())
        {
            string found = File.Exists(System.IO.Path.Combine(path, ResultName)) ? "The folder holds a finished pilot." : "The folder is not empty.";
            throw new DecoupleQException(found, path, "output", "a folder that does not exist yet");
        }
    }

    /// <summary>Makes the folder and keeps others out of it.</summary>
    /// <exception cref="DecoupleQException">As <see cref="Check"/>; another pilot runs there, or it cannot be written to.</exception>
    public static PilotFolder Take(string path, bool resume)
    {
        Check(path, resume);
        try
        {
            Directory.CreateDirectory(WorkOf(path));
            string held = System.IO.Path.Combine(WorkOf(path), LockName);
            return new PilotFolder(path, new FileStream(held, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None));
        }
        catch (IOException error) when (Directory.Exists(WorkOf(path)))
        {
            throw new DecoupleQException(
                $"Another pilot is writing this folder, or it cannot be written to: {error.Message}", path, "output",
                "one pilot at a time for a folder", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"The folder cannot be created: {error.Message}", path, "output", "a place that can be written to", error);
        }
    }

    /// <summary>Puts a model that was tried in its place, once: a pilot that was killed meanwhile finds it there.</summary>
    /// <param name="work">Where it is now.</param>
    public void PutModel(string work)
    {
        if (work != Model)
        {
            Directory.Move(work, Model);
        }
    }

    /// <summary>Removes what was worked with: models that were not chosen and the journal, which goes last.</summary>
    /// <param name="tried">Their folders.</param>
    public void Clear(IEnumerable<string> tried)
    {
        foreach (string folder in tried.Where(Directory.Exists))
        {
            // What somebody else put there stays, and the folder with it.
            FolderManifest.Read(folder)?.Remove(folder);
            EmptyFolder.Remove(folder);
        }
        File.Delete(Journal);
        _lock.Dispose();
        File.Delete(InWork(LockName));
        EmptyFolder.Remove(WorkOf(Path));
    }

    public void Dispose() => _lock.Dispose();

    private static bool IsOnlyLock(string path) =>
        Directory.Exists(WorkOf(path)) && Directory.EnumerateFileSystemEntries(path).Count() == 1
            && Directory.EnumerateFileSystemEntries(WorkOf(path)).All(entry => System.IO.Path.GetFileName(entry) == LockName);

    private static string WorkOf(string path) => System.IO.Path.Combine(path, WorkName);
}
