using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace DecoupleQ.Cli.Tests;

/// <summary>The built tool, run as its users run it: as a process.</summary>
internal static class Tool
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static ToolResult Run(params string[] arguments) => Result(Start(arguments));

    /// <summary>Runs the tool with an environment variable.</summary>
    public static ToolResult RunWith(string variable, string value, params string[] arguments)
    {
        ProcessStartInfo start = StartInfo(arguments);
        start.Environment[variable] = value;
        return Result(Process.Start(start)!);
    }

    /// <summary>Runs the tool in a folder.</summary>
    public static ToolResult RunIn(string folder, params string[] arguments)
    {
        ProcessStartInfo start = StartInfo(arguments);
        start.WorkingDirectory = folder;
        return Result(Process.Start(start)!);
    }

    private static ToolResult Result(Process started)
    {
        using Process process = started;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        WaitForExit(process);
        return new(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Runs the tool from a shell that redirects its streams, as by <c>&gt; /dev/full</c>.</summary>
    public static ToolResult RunRedirected(string redirection, params string[] arguments)
    {
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        string exec = redirection.StartsWith('|') ? "" : "exec ";
        string[] command = ["-c", $"{exec}dotnet \"$@\" {redirection}", "bash", Path.Combine(AppContext.BaseDirectory, "DecoupleQ.Cli.dll"), .. arguments];
        foreach (string argument in command)
        {
            start.ArgumentList.Add(argument);
        }
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        WaitForExit(process);
        return new(process.ExitCode, output.Result, error.Result);
    }

    public static Process Start(params string[] arguments) => Process.Start(StartInfo(arguments))!;

    private static ProcessStartInfo StartInfo(string[] arguments)
    {
        ProcessStartInfo start = new("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "DecoupleQ.Cli.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        return start;
    }

    public static void WaitForExit(Process process)
    {
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The tool did not end within {Patience}.");
        }
        process.WaitForExit();
    }
}

/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output, which must be one JSON object and nothing else.</summary>
    public JsonElement Json()
    {
        using JsonDocument document = JsonDocument.Parse(Output);
        Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
        return document.RootElement.Clone();
    }

    public ToolResult Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode} instead of {exitCode}\nstdout: {Output}\nstderr: {Error}");
        return this;
    }

    /// <summary>The one line on standard error of a run that failed before it printed anything.</summary>
    public string OneLine()
    {
        Assert.Equal("", Output);
        string[] lines = Error.TrimEnd().Split('\n');
        Assert.True(lines.Length == 1, Error);
        return lines[0];
    }
}
