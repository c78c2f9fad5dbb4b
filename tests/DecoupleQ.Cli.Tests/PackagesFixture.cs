using System.Diagnostics;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>The packages as <c>eng/try-packages.sh</c> makes, installs and tries them, once for all tests that look at them.</summary>
public sealed class PackagesFixture
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public PackagesFixture()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Paths.Repository };
        start.ArgumentList.Add(Path.Combine("eng", "try-packages.sh"));
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
        }
        process.WaitForExit();
        Result = new(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>What the script printed; null where there is no shell for it.</summary>
    internal ToolResult? Result { get; }
}
