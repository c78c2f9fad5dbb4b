using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Outputs;

/// <summary>
/// A folder that cannot be renamed, as the mount point of a container's volume: work goes on inside it, in <c>OUT/.partial</c>, and files are moved one by
/// one, the config first when they go and last when they come, so that no model is read that is half of one and half of the other.
/// </summary>
/// <param name="target">The place.</param>
internal sealed class FilledFolder(string target) : Placement(new WorkFolder(Path.Combine(target, WorkName)), target)
{
    private const string WorkName = ".partial", Config = "config.json";

    // What file systems themselves put at their roots.
    private const string OfFileSystem = "lost+found";

    public override bool HasLeft => Work.Mark is JobMark mark && !mark.Files.Any(name => File.Exists(Path.Combine(Work.Model, name)));

    public override bool Stands => HasLeft && File.Exists(Path.Combine(Target, Config));

    // The config goes first and comes last.
    public override bool IsHalfway => Work.Mark is { Whole: true } && !HasLeft && !File.Exists(Path.Combine(Target, Config));

    public override void PutBack()
    {
        if (!IsHalfway)
        {
            return;
        }
        // A file that is here and not there is a new one: none comes before all the old ones are gone.
        foreach (string name in ConfigFirst(Work.Mark!.Files).Where(name => !File.Exists(Path.Combine(Work.Model, name))))
        {
            Move(name, Target, Work.Model);
        }
        if (Directory.Exists(Work.Replaced))
        {
            foreach (string name in ConfigFirst(Directory.GetFiles(Work.Replaced).Select(file => Path.GetFileName(file))).Reverse())
            {
                Move(name, Work.Replaced, Target);
            }
            EmptyFolder.Remove(Work.Replaced);
        }
    }

    protected override bool IsPartOfPlace(string name) => name is WorkName or OfFileSystem;

    protected override void MoveAway(FolderManifest? old)
    {
        if (old is not null)
        {
            Directory.CreateDirectory(Work.Replaced);
            foreach (string name in ConfigFirst([.. old.Files.Keys, FolderManifest.FileName]))
            {
                Move(name, Target, Work.Replaced);
            }
        }
    }

    protected override void MoveIn()
    {
        foreach (string name in ConfigFirst(Directory.GetFiles(Work.Model).Select(file => Path.GetFileName(file))).Reverse())
        {
            Move(name, Work.Model, Target);
        }
    }

    private static IEnumerable<string> ConfigFirst(IEnumerable<string> names) =>
        names.OrderBy(name => name != Config).ThenBy(name => name, StringComparer.Ordinal);

    private static void Move(string name, string from, string to)
    {
        if (File.Exists(Path.Combine(from, name)))
        {
            File.Move(Path.Combine(from, name), Path.Combine(to, name));
        }
    }
}
