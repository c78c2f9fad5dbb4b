using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using DecoupleQ.Cli.Json;
using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Progress;

/// <summary>Writes what happens to standard error, an event a line.</summary>
/// <param name="output">Standard error.</param>
internal sealed class ProgressEvents(TextWriter output)
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();

    /// <summary>An event of this moment.</summary>
    public ProgressEvent Now(string name)
    {
        // The system counts the two in different places, and one may lag behind.
        long resident = ResidentMemory.Now();
        return new(name) { ElapsedSeconds = _clock.Elapsed.TotalSeconds, ResidentBytes = resident, PeakBytes = Math.Max(resident, ResidentMemory.Peak()) };
    }

    /// <summary>Writes an event.</summary>
    public void Write(ProgressEvent line)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Options))
        {
            JsonSerializer.Serialize(writer, line, ProgressJson.Default.ProgressEvent);
        }
        lock (_lock)
        {
            output.Write(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n");
            output.Flush();
        }
    }
}
