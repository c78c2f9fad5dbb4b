using System.Diagnostics;
using System.Text.Json.Nodes;
using DecoupleQ.Testing;

namespace DecoupleQ.Server.Tests;

/// <summary>Scripts for Node, which print what they saw as JSON; <c>eng/install-browser.sh</c> installs what they need.</summary>
internal static class NodeScript
{
    private static readonly string Folder = Path.Combine(Paths.Repository, "tests", "DecoupleQ.Server.Tests", "Browser");

    /// <summary>A program of this machine; null if it is not there.</summary>
    public static string? Find(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Runs one; the test is skipped where Node or its packages are not there.</summary>
    public static async Task<JsonObject> RunAsync(string script, params string[] arguments)
    {
        string? node = Find("node");
        Assert.SkipWhen(
            node is null || !Directory.Exists(Path.Combine(Folder, "node_modules")), $"{Paths.Missing}node_modules, which eng/install-browser.sh installs");
        var start = new ProcessStartInfo(node, [Path.Combine(Folder, script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, await error);
        return Assert.IsType<JsonObject>(JsonNode.Parse(await output));
    }
}
