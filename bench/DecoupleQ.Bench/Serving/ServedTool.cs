using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace DecoupleQ.Bench.Serving;

/// <summary>The built tool as a process that serves a model on a free port.</summary>
internal sealed class ServedTool : IDisposable
{
    private static readonly string Tool = Path.Combine("src", "DecoupleQ.Cli", "bin", "Release", "net10.0", "DecoupleQ.Cli.dll");

    private readonly Process _process;

    private ServedTool(Process process, Uri address) => (_process, Address) = (process, address);

    /// <summary>Where it is.</summary>
    public Uri Address { get; }

    /// <summary>Seconds that it has computed.</summary>
    public double Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Bytes of memory that it has now.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts it, and waits until it listens.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">Further options of <c>serve</c>.</param>
    public static ServedTool Start(string model, params string[] options)
    {
        if (!File.Exists(Tool))
        {
            throw new InvalidOperationException($"{Tool} is not there: build it, and run this in the repository's folder.");
        }
        var start = new ProcessStartInfo("dotnet", [Tool, "serve", model, "--port", "0", "--json", .. options])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        // A log that nobody takes would hold it up.
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var said = new StringBuilder();
        while (!said.ToString().EndsWith("}", StringComparison.Ordinal))
        {
            said.Append(process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The tool did not come so far as to listen."));
        }
        using JsonDocument document = JsonDocument.Parse(said.ToString());
        return new ServedTool(process, new Uri(document.RootElement.GetProperty("addresses")[0].GetString()!));
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
