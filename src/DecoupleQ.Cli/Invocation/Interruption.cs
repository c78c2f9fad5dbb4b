namespace DecoupleQ.Cli.Invocation;

/// <summary>How a command that is told to end does so. Commands set what differs from one to another.</summary>
internal sealed class Interruption
{
    /// <summary>
    /// How long the work may take to end by itself; then the process ends without it. What must not be broken off is on the disk whole or not at all.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Says in a sentence what is kept and how to go on; asked once the work has ended.</summary>
    public Func<string?> Kept { get; set; } = () => null;
}
