using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Outputs;

/// <summary>How a whole folder takes the place of what was there: at any moment one of the two is, or is put back by the next job.</summary>
/// <param name="work">Where the new one is.</param>
/// <param name="target">The place.</param>
internal abstract class Placement(WorkFolder work, string target)
{
    /// <summary>Where work on the new one goes on.</summary>
    public WorkFolder Work { get; } = work;

    /// <summary>The place.</summary>
    public string Target { get; } = target;

    /// <summary>Whether the new one is no longer in the work folder.</summary>
    public abstract bool HasLeft { get; }

    /// <summary>Whether the new one is in its place.</summary>
    public abstract bool Stands { get; }

    /// <summary>Whether a job has put the new one in its place, and had no time to tidy up.</summary>
    public bool IsDone => Work.Mark is { Whole: true } && Stands;

    /// <summary>Whether the job that worked here is over, and nothing of it is to be resumed: the new one stands, or somebody has moved it on.</summary>
    public bool IsOver => Work.Mark is { Whole: true } && HasLeft && !IsHalfway && !(Stands && Work.HasJournal);

    /// <summary>Whether a job has begun to put the new one in its place, and did not come to the end: <see cref="PutBack"/> is due.</summary>
    public abstract bool IsHalfway { get; }

    /// <summary>The way for a folder that is to be at <paramref name="target"/>.</summary>
    /// <param name="target">The place, links followed.</param>
    public static Placement For(string target)
    {
        var filled = new FilledFolder(target);
        return Directory.Exists(filled.Work.Path) || MountPoint.Is(target) ? filled : new RenamedFolder(target);
    }

    /// <summary>What is at the place, the folder of the work left out; null if nothing is.</summary>
    /// <returns>Names, lengths and times of writing: what tells whether anything has changed.</returns>
    public string? Describe() => Describe(Target);

    /// <summary>Names of what is at the place, the folder of the work left out, in ordinal order; none if nothing is there.</summary>
    public IReadOnlyList<string> Entries() => Entries(Target);

    /// <summary>Puts the new one in its place, and what was there into <see cref="WorkFolder.Replaced"/>.</summary>
    /// <param name="old">What is to be there, and nothing else.</param>
    /// <exception cref="IOException">That cannot be, or it is not what is there. What was there is there again.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    /// <exception cref="DecoupleQException">The same, and something else has taken the place of what was there.</exception>
    public void Replace(Standing old)
    {
        try
        {
            MoveAway(old.Manifest);
            // The last look, behind which nobody can change it any more.
            if (old.Manifest is not null && Describe(Work.Replaced) != old.Entries)
            {
                throw new IOException("what is there has changed since the job began");
            }
            MoveIn();
        }
        catch
        {
            PutBack();
            throw;
        }
    }

    /// <summary>Undoes what was done of <see cref="Replace"/>.</summary>
    /// <exception cref="IOException">That cannot be.</exception>
    /// <exception cref="DecoupleQException">Something else has taken the place meanwhile.</exception>
    public abstract void PutBack();

    /// <summary>Whether an entry of the place belongs to the place itself.</summary>
    protected virtual bool IsPartOfPlace(string name) => false;

    protected abstract void MoveAway(FolderManifest? old);

    protected abstract void MoveIn();

    // What a link leads to is something else than the folder that was there.
    private string? Describe(string folder) => new DirectoryInfo(folder).LinkTarget is string target ? $"-> {target}"
        : Directory.Exists(folder)
        ? string.Join('\n', Entries(folder).Select(name => new FileInfo(Path.Combine(folder, name)) is { Exists: true } file
            ? $"{name} {file.Length} {file.LastWriteTimeUtc.Ticks}"
            : $"{name}/"))
        : null;

    private IReadOnlyList<string> Entries(string folder) => Directory.Exists(folder)
        ?
        [
            .. Directory.EnumerateFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).Where(name => !IsPartOfPlace(name))
                .Order(StringComparer.Ordinal),
        ]
        : [];
}
