using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Outputs;

/// <summary>What is at an output's place when a job begins.</summary>
/// <param name="Entries">What is in the folder that is there, as <see cref="Placement.Describe()"/> says it; null if there is none.</param>
/// <param name="Manifest">Which files decoupleq wrote there; null if the folder is empty or not there.</param>
internal sealed record Standing(string? Entries, FolderManifest? Manifest);

/// <summary>Refuses outputs that may not be written. Nothing is written here.</summary>
internal static class OutputChecks
{
    private const int MostNamed = 5;

    /// <exception cref="DecoupleQException">
    /// Another job is running there, the output is to be inside a file or touches the model, or its work folder is somebody else's or holds what may not be
    /// lost.
    /// </exception>
    public static void Check(OutputRequest request, Placement place)
    {
        // First of all: what else could be said of a folder that a job has is about to change.
        FolderLock.CheckFree(place.Work);
        ParentFolder.CheckNoFileAbove(place.Target);
        CheckApart(place.Target, request.Model);
        CheckApart(place.Work.Path, request.Model);
        WorkFolder work = place.Work;
        if (File.Exists(work.Path))
        {
            throw new DecoupleQException("The job needs this name for a folder, and a file has it.", work.Path, "output", "another output folder");
        }
        if (!Directory.Exists(work.Path))
        {
            return;
        }
        if (new DirectoryInfo(work.Path).LinkTarget is not null || MountPoint.Is(work.Path))
        {
            throw new DecoupleQException(
                "The job needs this name for a folder, and a link or a mount point has it.", work.Path, "output", "another output folder");
        }
        if (work.FolderInPlaceOfFile() is string folder)
        {
            throw new DecoupleQException(
                "The job needs this name for a file, and a folder has it.", folder, "output", "another output folder, or this one moved elsewhere");
        }
        JobMark? mark = work.Mark;
        IReadOnlyList<string> strangers = work.Strangers();
        if (mark is null ? strangers.Count > 0 : strangers.Count > 0 && request.Force && !request.Resume)
        {
            throw new DecoupleQException(
                $"The job needs this folder, and it holds what decoupleq did not write: {Named(strangers)}.", work.Path, "output",
                "another output folder, or these files moved elsewhere");
        }
        if (mark is not null && !place.IsDone && !place.IsOver)
        {
            CheckUnfinished(request, mark, work);
        }
    }

    /// <summary>What is at the place now.</summary>
    /// <exception cref="DecoupleQException">It may not be replaced.</exception>
    public static Standing Standing(OutputRequest request, Placement place, CancellationToken cancellationToken)
    {
        string target = place.Target;
        if (File.Exists(target))
        {
            throw new DecoupleQException("A file of this name is there.", target, "output", "a folder");
        }
        if (place.Describe() is not string entries)
        {
            return new Standing(null, null);
        }
        if (!request.Force && !(request.Resume && entries.Length == 0 && Directory.Exists(place.Work.Path)))
        {
            throw new DecoupleQException(
                "The folder exists.", target, "output", "another folder, or --force to replace one that decoupleq wrote");
        }
        return new Standing(entries, entries.Length == 0 ? null : Replaceable(place, cancellationToken));
    }

    private static FolderManifest Replaceable(Placement place, CancellationToken cancellationToken)
    {
        const string Free = "another folder, or these files moved elsewhere";
        if (FolderManifest.Read(place.Target) is not FolderManifest manifest)
        {
            throw new DecoupleQException(
                $"The folder has no list of files that decoupleq wrote (in {FolderManifest.FileName}), so --force does not replace it.",
                place.Target,
                "output",
                "an empty folder, one with such a list, or none");
        }
        string[] foreign = [.. place.Entries().Where(name => !manifest.Lists(name))];
        if (foreign.Length > 0)
        {
            throw new DecoupleQException(
                $"The folder holds what decoupleq did not write, so --force does not replace it: {Named(foreign)}.", place.Target, "output", Free);
        }
        IReadOnlyList<string> changed = manifest.Changed(place.Target, cancellationToken);
        return changed.Count == 0 ? manifest : throw new DecoupleQException(
            $"The folder has files that are gone or not what decoupleq wrote, so --force does not replace it: {Named(changed)}.",
            place.Target,
            "output",
            Free);
    }

    private static void CheckUnfinished(OutputRequest request, JobMark mark, WorkFolder work)
    {
        if (request.Resume && mark.Command != request.Command)
        {
            throw new DecoupleQException(
                $"The unfinished job is one of '{mark.Command}'.", work.Path, "resume",
                $"'{mark.Command}' with --resume, --force to discard it, or another output folder");
        }
        if (!request.Force && !request.Resume)
        {
            throw new DecoupleQException(
                "The folder of an unfinished job is there.",
                work.Path,
                expected: (work.HasWork ? $"'{mark.Command}' with --resume to continue it, " : "") + "--force to discard it, or another output folder");
        }
    }

    private static void CheckApart(string written, string model)
    {
        string real = LinkedPath.Real(written), source = LinkedPath.Real(model);
        if (LinkedPath.IsWithin(real, source))
        {
            throw new DecoupleQException("The output is the model's folder, or inside it.", written, "output", $"a folder outside {model}");
        }
        if (LinkedPath.IsWithin(source, real))
        {
            throw new DecoupleQException("The model is inside the output.", written, "output", $"a folder that does not hold {model}");
        }
        // A folder of links, as download caches have them.
        if (Directory.Exists(model)
            && Directory.EnumerateFiles(model).FirstOrDefault(file => LinkedPath.IsWithin(LinkedPath.Real(file), real)) is string file)
        {
            throw new DecoupleQException($"A file of the model is a link into the output: {file}.", written, "output", "a folder that does not hold the model");
        }
    }

    private static string Named(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "");
}
