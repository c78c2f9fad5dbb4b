using System.Diagnostics;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>The checkout that is tested, as git knows it.</summary>
internal static class Checkout
{
    /// <summary>Whether the sources are a checkout at all, and no unpacked archive.</summary>
    public static bool Is { get; } = Path.Exists(Path.Combine(Paths.Repository, ".git"));

    /// <summary>Its commit.</summary>
    public static string Commit => Git("rev-parse", "HEAD");

    /// <summary>Where it is from; empty if nowhere.</summary>
    public static string Origin => Git("config", "--default", "", "--get", "remote.origin.url");

    private static string Git(params string[] arguments)
    {
        ProcessStartInfo start = new("git", arguments) { RedirectStandardOutput = true, WorkingDirectory = Paths.Repository };
        using Process git = Process.Start(start)!;
        string output = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return output;
    }
}
