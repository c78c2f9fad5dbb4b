using System.Diagnostics;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class TerminationTests
{
    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public void A_signal_ends_the_job_and_leaves_nothing_that_looks_whole(string signal, int exitCode)
    {
        Assert.SkipUnless(CanSignal(signal), "Signals cannot be sent here, or whoever started the tests ignores them.");
        using TemporaryFolder folder = new();
        string output = folder["out"];
        using Process process = Tool.Start(
            "quantize", Paths.Model, "-o", output, "--calibration", PackedModel.Calibration, "--samples", "64", "--context", "256", "--threads", "1");
        string? line = process.StandardError.ReadLine(); // the job has begun
        Assert.NotNull(line);
        Send(signal, process.Id);
        string rest = process.StandardError.ReadToEnd();
        Tool.WaitForExit(process);
        Assert.True(process.ExitCode == exitCode, $"exit code {process.ExitCode}\n{line}\n{rest}");
        Assert.EndsWith("decoupleq: Cancelled.\n", rest);
        Assert.False(Directory.Exists(output));
        Assert.DoesNotContain(
            Directory.GetFiles(folder.FullName, "*", SearchOption.AllDirectories), file => Path.GetFileName(file) == "config.json");
    }

    [Fact]
    public void A_reader_that_goes_away_makes_no_noise()
    {
        using Process process = Tool.Start("generate", Paths.Model, "--prompt", "Once", "--temperature", "2", "--max-tokens", "100", "--threads", "1");
        process.StandardOutput.Close();
        string error = process.StandardError.ReadToEnd();
        Tool.WaitForExit(process);
        Assert.Equal(0, process.ExitCode);
        Assert.StartsWith("prefill: ", error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    private static void Send(string signal, int process)
    {
        using Process kill = Process.Start("kill", ["-" + signal, process.ToString()]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    // A shell that starts the tests in the background without job control has them, and so the tool, ignore SIGINT.
    private static bool CanSignal(string signal)
    {
        if (OperatingSystem.IsWindows())
        {
            return false;
        }
        const string Status = "/proc/self/status";
        if (!File.Exists(Status))
        {
            return true;
        }
        string ignored = File.ReadLines(Status).First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        int number = signal == "INT" ? 2 : 15;
        return (Convert.ToUInt64(ignored, 16) & (1UL << (number - 1))) == 0;
    }
}
