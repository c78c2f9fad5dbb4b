namespace DecoupleQ.Monitoring.Logs;

/// <summary>Where <c>decoupleq.monitor.jsonl</c> is written, and how much of it is kept.</summary>
public sealed record MonitorLogOptions
{
    /// <summary>Values of <see cref="MaxFileBytes"/>.</summary>
    public static OptionRange<long> MaxFileBytesRange { get; } = new("a whole number, at least 65536", value => value >= 1 << 16);

    /// <summary>Values of <see cref="MaxFiles"/>.</summary>
    public static OptionRange<int> MaxFilesRange { get; } = OptionRange.Whole(1, 1000);

    /// <summary>The folder; it is made if it is missing.</summary>
    public required string Folder { get; init; }

    /// <summary>The most bytes of a file before the next one begins. Default 64 MiB, about 150,000 answers.</summary>
    public long MaxFileBytes { get; init; } = 64 << 20;

    /// <summary>The most files that are kept, the one that is written among them. Default 8.</summary>
    public int MaxFiles { get; init; } = 8;

    /// <summary>The options, if each is in its range.</summary>
    /// <exception cref="DecoupleQException">One is not; it is named.</exception>
    public MonitorLogOptions Checked()
    {
        MaxFileBytesRange.Require(MaxFileBytes, "monitor-size");
        MaxFilesRange.Require(MaxFiles, "monitor-files");
        return this;
    }
}
