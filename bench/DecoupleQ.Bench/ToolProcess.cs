using System.Diagnostics;

namespace DecoupleQ.Bench;

/// <summary>The built tool as a process: how long it took and the most resident memory it had.</summary>
/// <param name="Seconds">From its start to its end.</param>
/// <param name="Processor">Seconds that it computed, which other work on the machine does not change; looked at every few milliseconds.</param>
/// <param name="PeakBytes">As the system counted it, looked at every few milliseconds.</param>
/// <param name="OutputBytes">Characters on standard output.</param>
internal sealed record ToolProcess(double Seconds, double Processor, long PeakBytes, long OutputBytes)
{
    private static readonly string Tool = Path.Combine("src", "DecoupleQ.Cli", "bin", "Release", "net10.0", "DecoupleQ.Cli.dll");

    /// <summary>Runs it in the repository's folder.</summary>
    /// <exception cref="InvalidOperationException">It is not built, or did not end well.</exception>
    public static ToolProcess Run(params string[] arguments)
    {
        if (!File.Exists(Tool))
        {
            throw new InvalidOperationException($"{Tool} is not there: build it, and run this in the repository's folder.");
        }
        long start = Stopwatch.GetTimestamp(), peak = 0;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Tool, .. arguments]) { RedirectStandardOutput = true })!;
        double processor = 0;
        Task<long> output = Task.Run(() => Count(process.StandardOutput));
        while (!process.WaitForExit(TimeSpan.FromMilliseconds(5)))
        {
            process.Refresh();
            try
            {
                peak = Math.Max(peak, process.PeakWorkingSet64);
                processor = process.TotalProcessorTime.TotalSeconds;
            }
            catch (InvalidOperationException)
            {
                // It has ended meanwhile.
            }
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return process.ExitCode == 0
            ? new(seconds, processor, peak, output.Result)
            : throw new InvalidOperationException($"The tool ended with {process.ExitCode}.");
    }

    private static long Count(StreamReader output)
    {
        var piece = new char[1 << 16];
        long count = 0;
        for (int read; (read = output.Read(piece)) > 0;)
        {
            count += read;
        }
        return count;
    }
}
