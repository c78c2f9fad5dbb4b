using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Outputs;

/// <summary>A folder that is made beside its place, in <c>OUT.partial</c>, and renamed.</summary>
/// <param name="target">The place.</param>
internal sealed class RenamedFolder(string target) : Placement(new WorkFolder(target + ".partial"), target)
{
    public override bool HasLeft => !Directory.Exists(Work.Model);

    public override bool Stands => HasLeft && Directory.Exists(Target);

    public override bool IsHalfway => Directory.Exists(Work.Replaced) && Work.Mark is { Replaces: true } && !IsDone;

    /// <summary>Whether what is at the place can be renamed: a mount point, or a folder of another layer of a container, cannot.</summary>
    /// <remarks>Found out by trying, once the job has left its mark: a kill meanwhile is what the next job then puts right.</remarks>
    public bool CanRename()
    {
        if (!Directory.Exists(Target) || Directory.Exists(Work.Replaced))
        {
            return true;
        }
        try
        {
            Directory.Move(Target, Work.Replaced);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        Directory.Move(Work.Replaced, Target);
        return true;
    }

    public override void PutBack()
    {
        if (!IsHalfway)
        {
            return;
        }
        if (Path.Exists(Target))
        {
            throw new DecoupleQException(
                $"The folder that a job was about to replace is in {Work.Replaced}, and something else has taken its place.", Target, "output",
                "one of the two moved elsewhere");
        }
        Directory.Move(Work.Replaced, Target);
    }

    protected override void MoveAway(FolderManifest? old)
    {
        if (old is not null)
        {
            Directory.Move(Target, Work.Replaced);
        }
        else
        {
            // If it is there, it was empty, and is only removed if it still is.
            EmptyFolder.Remove(Target);
        }
    }

    protected override void MoveIn() => Directory.Move(Work.Model, Target);
}
