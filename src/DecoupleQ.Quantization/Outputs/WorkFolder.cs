using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Outputs;

/// <summary>
/// The folder that a job works in, <c>OUT.partial</c>: <c>model</c>, which becomes OUT when it is whole; <c>replaced</c>, what OUT was before, while one takes
/// the place of the other; the job's mark, journal, lock and spilled activations. Whatever else somebody put there stays there.
/// </summary>
/// <param name="path">The folder's path.</param>
internal sealed class WorkFolder(string path)
{
    /// <summary>The file in which a job notes what it has finished: while it is there, there is something to resume.</summary>
    public const string JournalFile = "journal.json";

    /// <summary>The file in which a job that trains keeps what its next step depends on: one while another is written.</summary>
    public static string StateFile(bool odd) => odd ? "state-1.safetensors" : "state-0.safetensors";

    private const string LockFile = ".lock", ModelFolder = "model", ReplacedFolder = "replaced";

    /// <summary>The folder.</summary>
    public string Path { get; } = path;

    /// <summary>The folder of the model's files.</summary>
    public string Model => Combine(ModelFolder);

    /// <summary>What OUT was before.</summary>
    public string Replaced => Combine(ReplacedFolder);

    /// <summary>The file that a running job holds.</summary>
    public string Lock => Combine(LockFile);

    /// <summary>The mark of the job that works here; null if there is none.</summary>
    public JobMark? Mark => JobMark.Read(Path);

    /// <summary>Whether a journal is in it.</summary>
    public bool HasJournal => File.Exists(Combine(JournalFile));

    /// <summary>Whether something in it took work and is not to be lost.</summary>
    public bool HasWork => HasJournal || Mark is { Whole: true };

    /// <summary>What is in it that no job put there, as paths in it, in ordinal order.</summary>
    public IReadOnlyList<string> Strangers()
    {
        JobMark? mark = Mark;
        HashSet<string> ours = OfModel(mark);
        return
        [
            .. Names(Path).Where(name => !IsOurs(name, mark is not null)),
            .. Names(Model).Where(name => !ours.Contains(name)).Select(name => System.IO.Path.Combine(ModelFolder, name)),
        ];
    }

    /// <summary>A folder that has the name of a file which a job writes; null if there is none.</summary>
    public string? FolderInPlaceOfFile() =>
        ((string[])[JobMark.FileName, JournalFile]).SelectMany(name => (string[])[name, DurableWriter.TemporaryOf(name)]).Select(Combine)
            .Concat(OfModel(Mark).Order(StringComparer.Ordinal).Select(name => System.IO.Path.Combine(Model, name)))
            .FirstOrDefault(Directory.Exists);

    /// <summary>Moves what no job put into the model's folder out of it: it does not become part of the model.</summary>
    /// <exception cref="IOException">It cannot be moved.</exception>
    public void SetStrangersApart()
    {
        HashSet<string> ours = OfModel(Mark);
        foreach (string name in Names(Model).Where(name => !ours.Contains(name)))
        {
            bool isFree = !IsOurs(name, marked: true) && !System.IO.Path.Exists(Combine(name));
            Directory.Move(System.IO.Path.Combine(Model, name), Combine(isFree ? name : $"{name}.{Guid.NewGuid():N}.apart"));
        }
    }

    /// <summary>Removes files that are not whole: what a job that was killed was writing.</summary>
    /// <exception cref="IOException">One cannot be removed.</exception>
    public void RemoveTemporary()
    {
        JobMark? mark = Mark;
        string[] left =
        [
            .. Names(Path).Where(name => IsOurs(name, mark is not null)).Select(Combine),
            .. Names(Model).Where(OfModel(mark).Contains).Select(name => System.IO.Path.Combine(Model, name)),
        ];
        foreach (string file in left.Where(DurableWriter.IsTemporary))
        {
            File.Delete(file);
        }
    }

    /// <summary>Removes all that jobs put there but the lock, and of the folder what was replaced only what its manifest lists.</summary>
    /// <exception cref="IOException">Something cannot be removed.</exception>
    public void Clear()
    {
        RemoveTemporary();
        JobMark? mark = Mark;
        if (mark is not null && IsFolder(Model))
        {
            foreach (string name in mark.Files)
            {
                File.Delete(System.IO.Path.Combine(Model, name));
            }
            EmptyFolder.Remove(Model);
        }
        // Somebody else's may have the name where nothing was to be replaced.
        if (mark is { Replaces: true } && IsFolder(Replaced))
        {
            FolderManifest.Read(Replaced)?.Remove(Replaced);
            EmptyFolder.Remove(Replaced);
        }
        if (!Directory.Exists(Path))
        {
            return;
        }
        File.Delete(Combine(StateFile(false)));
        File.Delete(Combine(StateFile(true)));
        // Without it nothing is resumed; and the mark goes last, as it says which files are ours.
        File.Delete(Combine(JournalFile));
        File.Delete(Combine(JobMark.FileName));
    }

    // Before there is a mark, there are only a lock and what was to become the mark.
    private bool IsOurs(string name, bool marked) => name == DurableWriter.TemporaryOf(JobMark.FileName)
        || (marked
            ? name is LockFile or JobMark.FileName or JournalFile
                || (name is ModelFolder or ReplacedFolder && IsFolder(Combine(name)))
                || name == DurableWriter.TemporaryOf(JournalFile)
                || ActivationMemory.IsFile(name)
                || IsState(name)
            : name == LockFile && new FileInfo(Lock) is { Exists: true, Length: 0 });

    private static bool IsState(string name) => ((bool[])[false, true]).Select(StateFile).Any(file => name == file || name == DurableWriter.TemporaryOf(file));

    // A link leads to what is somebody else's.
    private static bool IsFolder(string path) => Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null;

    private static HashSet<string> OfModel(JobMark? mark) =>
        mark is null ? [] : [.. mark.Files, .. mark.Files.Select(DurableWriter.TemporaryOf)];

    private static IEnumerable<string> Names(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFileSystemEntries(folder).Select(entry => System.IO.Path.GetFileName(entry)).Order(StringComparer.Ordinal),
    ];

    private string Combine(string name) => System.IO.Path.Combine(Path, name);
}
