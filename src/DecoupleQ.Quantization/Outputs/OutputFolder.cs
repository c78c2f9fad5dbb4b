using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Outputs;

/// <summary>What a job is to write, and what it may replace.</summary>
/// <param name="Command">The command that the job belongs to, for the messages.</param>
/// <param name="Output">The folder that is to appear.</param>
/// <param name="Model">The model's folder or file, which the output must not touch.</param>
/// <param name="Force">Whether an output that is empty or that decoupleq wrote, and what an interrupted job left, are replaced.</param>
/// <param name="Resume">Whether an interrupted job is continued.</param>
internal sealed record OutputRequest(string Command, string Output, string Model, bool Force, bool Resume);

/// <summary>
/// The folder that a job writes: work goes on in a <see cref="WorkFolder"/> until the model is whole, and only then takes its place. A folder that is
/// replaced stays until the new one stands; of it, and of the work folder, only files are removed that decoupleq wrote.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private readonly Placement _place;
    private readonly FolderLock _lock;
    private readonly Standing _standing;

    // As it was left in the work folder, whoever may have removed it there since.
    private JobMark? _mark;
    private bool _done;

    private OutputFolder(Placement place, FolderLock held, Standing standing)
    {
        _place = place;
        _lock = held;
        _standing = standing;
        _mark = place.Work.Mark;
    }

    /// <summary>Where the journal is, and what else the job keeps until it is done.</summary>
    public string Work => _place.Work.Path;

    /// <summary>Where the model's files are: at first in the work folder.</summary>
    public string Model => _place.IsDone ? _place.Target : _place.Work.Model;

    /// <summary>The folder in which a job for <paramref name="output"/> keeps what is not whole.</summary>
    public static WorkFolder WorkOf(string output) => Placement.For(LinkedPath.Target(output)).Work;

    /// <summary>Refuses an output that may not be written; writes nothing itself.</summary>
    /// <param name="request">What is to be written.</param>
    /// <param name="cancellationToken">Ends the reading of a folder that is to be replaced.</param>
    /// <exception cref="DecoupleQException">The output may not be written there.</exception>
    public static void Check(OutputRequest request, CancellationToken cancellationToken)
    {
        Placement place = Placement.For(LinkedPath.Target(request.Output));
        Guarded(place, () =>
        {
            OutputChecks.Check(request, place);
            return IsToBeEnded(request, place) || place.IsHalfway ? null : OutputChecks.Standing(request, place, cancellationToken);
        });
    }

    /// <summary>
    /// Puts back what a job that was killed was about to replace, and removes what one has left that had come to its end, whatever is to be done next.
    /// </summary>
    /// <exception cref="DecoupleQException">Something else has taken its place meanwhile, or it cannot be moved.</exception>
    public static void Recover(string output)
    {
        Placement place = Placement.For(LinkedPath.Target(output));
        if (!place.IsHalfway && !place.IsOver)
        {
            return;
        }
        FolderLock held = FolderLock.Take(place.Work);
        try
        {
            place.PutBack();
            if (place.IsOver)
            {
                place.Work.Clear();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException(
                $"What a job that was killed was about to replace cannot be put back: {error.Message}", place.Work.Replaced, "output",
                "the right to move it", inner: error);
        }
        finally
        {
            held.Release(place.Work);
        }
    }

    /// <summary>Checks that the output may be written, and creates the work folder.</summary>
    /// <param name="request">What is to be written.</param>
    /// <param name="files">Names of the files that the job will write.</param>
    /// <param name="disk">Writes them.</param>
    /// <param name="cancellationToken">Ends the reading of a folder that is to be replaced.</param>
    /// <exception cref="DecoupleQException">The output may not be written there.</exception>
    public static OutputFolder Create(OutputRequest request, IReadOnlyList<string> files, DurableWriter disk, CancellationToken cancellationToken)
    {
        Placement place = Placement.For(LinkedPath.Target(request.Output));
        return (place is RenamedFolder beside ? CreateBeside(beside, request, files, disk, cancellationToken) : null)
            ?? CreateAt(new FilledFolder(place.Target), request, files, disk, cancellationToken);
    }

    /// <summary>Says that all files are written.</summary>
    /// <param name="manifest">Which those are.</param>
    /// <param name="disk">Writes it.</param>
    /// <exception cref="DecoupleQException">That cannot be written.</exception>
    public void Complete(FolderManifest manifest, DurableWriter disk) =>
        Leave(_mark! with { Files = [.. manifest.Files.Keys, FolderManifest.FileName], Whole = true }, disk);

    /// <summary>
    /// Whether a job before this one wrote all files, so that nothing is left to do but <see cref="Commit"/>; looks whether they are still as they
    /// were written.
    /// </summary>
    /// <exception cref="DecoupleQException">A file cannot be read, or the model is in its place and not as it was written.</exception>
    public bool IsStillWhole(DurableWriter disk, CancellationToken cancellationToken)
    {
        if (_place.Work.Mark is not { Whole: true } mark)
        {
            return false;
        }
        bool whole = FolderManifest.Read(Model) is FolderManifest manifest && manifest.Changed(Model, cancellationToken).Count == 0;
        if (_place.IsDone)
        {
            return whole ? true : throw new DecoupleQException(
                "The folder is not what the unfinished job put there.", _place.Target, "output", "another output folder, or this one moved elsewhere");
        }
        // What it replaces is what is there now, not what was there when it became whole.
        Leave(mark with { Whole = whole, Replaces = _standing.Entries is not null }, disk);
        return whole;
    }

    /// <summary>Puts the model in its place, then removes what it replaces and all else that the job kept.</summary>
    /// <returns>What was left behind, a sentence each; usually none.</returns>
    /// <exception cref="DecoupleQException">The place was taken meanwhile, or the folder cannot be put there; what was there before is still there, the new
    /// model in the work folder, and the job can be resumed.</exception>
    public IReadOnlyList<string> Commit()
    {
        if (!_place.IsDone)
        {
            PutInPlace();
        }
        _done = true;
        return TidyUp();
    }

    /// <summary>Removes the work folder if there is nothing in it to resume.</summary>
    public void Dispose()
    {
        if (!_done)
        {
            Leave(_place.Work, _lock);
        }
    }

    private void Leave(JobMark mark, DurableWriter disk)
    {
        mark.Write(Work, disk);
        _mark = mark;
    }

    private static void Leave(WorkFolder work, FolderLock held)
    {
        if (work.HasWork)
        {
            held.Dispose();
            return;
        }
        try
        {
            work.Clear();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Why the job ended is what there is to tell.
        }
        held.Release(work);
    }

    // Null where no folder can be made beside the output, or the output cannot be renamed: then it is filled.
    private static OutputFolder? CreateBeside(
        RenamedFolder place, OutputRequest request, IReadOnlyList<string> files, DurableWriter disk, CancellationToken cancellationToken)
    {
        bool exists = Directory.Exists(place.Target), isNew = !Directory.Exists(place.Work.Path);
        OutputFolder output;
        try
        {
            output = CreateAt(place, request, files, disk, cancellationToken);
        }
        catch (DecoupleQException error) when (
            exists && isNew && error.InnerException is UnauthorizedAccessException or IOException && !Directory.Exists(place.Work.Path))
        {
            return null;
        }
        if (!isNew || place.CanRename())
        {
            return output;
        }
        output.Dispose();
        return null;
    }

    private static OutputFolder CreateAt(
        Placement place, OutputRequest request, IReadOnlyList<string> files, DurableWriter disk, CancellationToken cancellationToken)
    {
        OutputChecks.Check(request, place);
        FolderLock held = FolderLock.Take(place.Work);
        try
        {
            return Guarded(place, () =>
            {
                OutputFolder output = Open(request, place, held, cancellationToken);
                if (place.Work.Mark is not { Whole: true })
                {
                    // With those of the job that is continued: should it turn out to be another one, its files are still ours.
                    string[] ours = [.. files.Union(place.Work.Mark?.Files ?? [])];
                    bool replaces = output._standing.Entries is not null;
                    output.Leave(new JobMark(FolderManifest.Tool, request.Command, ours, Whole: false, replaces), disk);
                    Directory.CreateDirectory(place.Work.Model);
                }
                return output;
            });
        }
        catch
        {
            Leave(place.Work, held);
            throw;
        }
    }

    private static T Guarded<T>(Placement place, Func<T> look)
    {
        try
        {
            return look();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException(
                $"The folder cannot be used: {error.Message}", place.Target, "output", "a place that can be read and written to", inner: error);
        }
    }

    private static OutputFolder Open(OutputRequest request, Placement place, FolderLock held, CancellationToken cancellationToken)
    {
        if (IsToBeEnded(request, place))
        {
            return new OutputFolder(place, held, new Standing(null, null));
        }
        if (place.IsDone)
        {
            place.Work.Clear();
        }
        Standing standing = OutputChecks.Standing(request, place, cancellationToken);
        if (request.Force && !request.Resume)
        {
            place.Work.Clear();
        }
        place.Work.RemoveTemporary();
        return new OutputFolder(place, held, standing);
    }

    // The new one stands, and the job that put it there is to tidy up behind itself.
    private static bool IsToBeEnded(OutputRequest request, Placement place) => request.Resume && place.IsDone && place.Work.HasJournal;

    private void PutInPlace()
    {
        try
        {
            // Without it nobody knows which files are the model's.
            if (_place.Work.Mark is not { Whole: true })
            {
                throw new IOException($"{JobMark.FileName} is gone from {Work}");
            }
            // Content too: not every change shows in lengths and times.
            if (_place.Describe() != _standing.Entries || File.Exists(_place.Target)
                || _standing.Manifest?.Changed(_place.Target, CancellationToken.None).Count > 0)
            {
                throw new IOException(_standing.Entries is null ? "something has come into being there" : "what is there has changed since the job began");
            }
            _place.Work.SetStrangersApart();
            _place.Replace(_standing);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException(
                $"The folder cannot be put in place: {error.Message}.", _place.Target, "output",
                $"a free name, or what was there when the job began; the model is whole in {_place.Work.Model}, "
                + "and the same command with --resume puts it in place",
                inner: error);
        }
    }

    private List<string> TidyUp()
    {
        var left = new List<string>();
        try
        {
            _place.Work.Clear();
            if (Directory.Exists(_place.Work.Replaced))
            {
                left.Add($"Files that came into the replaced folder while it was replaced are left in {_place.Work.Replaced}.");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            left.Add($"{_place.Work.Path} cannot be removed: {error.Message}");
        }
        if (!_lock.Release(_place.Work) && left.Count == 0)
        {
            left.Add($"Files that are not the job's are left in {_place.Work.Path}.");
        }
        return left;
    }
}
