using System.Diagnostics;
using System.Text;

namespace DecoupleQ.Cli.Tests;

/// <summary>The tool on a terminal of a given width, which util-linux's <c>script</c> makes.</summary>
internal static class PseudoTerminal
{
    private const string Script = "/usr/bin/script";

    /// <summary>Whether there is one here.</summary>
    public static bool Exists => OperatingSystem.IsLinux() && File.Exists(Script);

    /// <summary>Starts the tool with input, output and error at the terminal; what it shows there comes from the process's standard output.</summary>
    /// <param name="columns">The terminal's width.</param>
    /// <param name="redirection">What the shell is to do with the tool's output, as <c>&gt; file</c>.</param>
    /// <param name="arguments">The tool's.</param>
    public static Process Start(int columns, string redirection, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(Script)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        string tool = string.Join(' ', arguments.Prepend(Path.Combine(AppContext.BaseDirectory, "DecoupleQ.Cli.dll")).Select(Quote));
        start.ArgumentList.Add("--quiet");
        start.ArgumentList.Add("--return");
        start.ArgumentList.Add("--command");
        start.ArgumentList.Add($"stty cols {columns} rows 24; exec dotnet {tool} {redirection}");
        start.ArgumentList.Add("/dev/null");
        start.Environment["TERM"] = "xterm-256color";
        start.Environment["SHELL"] = "/bin/sh";
        return Process.Start(start)!;
    }

    private static string Quote(string argument) => $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
