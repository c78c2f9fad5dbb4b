using DecoupleQ.Storage;

namespace DecoupleQ.Cli.Rendering;

/// <summary>Stands for a stream that the process was started without.</summary>
internal sealed class ClosedStream : WriteOnlyStream
{
    protected override void Take(ReadOnlySpan<byte> bytes) => throw new IOException("Bad file descriptor");
}
