namespace DecoupleQ.Cli.Progress;

/// <summary>Writes a line when a milestone is reached.</summary>
internal sealed class MilestoneLines(TextWriter output)
{
    private readonly Lock _lock = new();
    private int _last = -1;

    public void Show(ProgressState state)
    {
        lock (_lock)
        {
            if (state.Milestone > _last)
            {
                _last = state.Milestone;
                output.WriteLine(state.MilestoneText);
            }
        }
    }
}
