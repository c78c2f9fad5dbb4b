namespace DecoupleQ.Cli.Rendering;

/// <summary>Standard error, where progress and notices go: one that is full or closed ends no work, and there is nobody left to tell of it.</summary>
/// <param name="inner">Standard error as the system gives it.</param>
internal sealed class NoticeStream(Stream inner) : WritingStream(inner)
{
    protected override void Failed(Exception error)
    {
    }
}
