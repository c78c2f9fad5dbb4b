namespace DecoupleQ.Cli.Progress;

/// <summary>Notes how far some work is, before it is shown.</summary>
/// <param name="shown">Shows it.</param>
/// <param name="note">Notes it.</param>
internal sealed class NotedProgress<T>(IProgress<T> shown, Action<T> note) : IProgress<T>
{
    public void Report(T value)
    {
        note(value);
        shown.Report(value);
    }
}
