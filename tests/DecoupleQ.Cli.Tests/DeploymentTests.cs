using System.Diagnostics;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>What is in <c>deploy</c>, as far as it goes without Docker and without systemd.</summary>
public sealed class DeploymentTests
{
    private static readonly string Script = Path.Combine(Paths.Repository, "eng", "try-image.sh");

    [Fact]
    public async Task The_images_steps_make_a_server_that_answers_as_a_user_without_rights()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root can become another user.");
        var start = new ProcessStartInfo("bash", [Script]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await output + await error);
        Assert.Contains("Without a key: 401\nWith it: 200\nHealth: {\"status\":\"ok\"", await output);
        Assert.EndsWith("Entries of the monitor log: 1\nEnded with 0.\n", await output);
    }

    [Fact]
    public void The_unit_and_the_image_give_options_that_there_are()
    {
        string help = Tool.Run("serve", "--help").Expect(0).Output;
        foreach (string file in (string[])["Dockerfile", "decoupleq.service"])
        {
            string[] options =
            [
                .. File.ReadLines(Path.Combine(Paths.Repository, "deploy", file)).Where(line => line.StartsWith("CMD", StringComparison.Ordinal)
                    || line.StartsWith("ExecStart", StringComparison.Ordinal))
                    .SelectMany(line => line.Split([' ', '"', ','])).Where(word => word.StartsWith("--", StringComparison.Ordinal)),
            ];
            Assert.NotEmpty(options);
            Assert.All(options, option => Assert.Contains(option + " ", help));
        }
    }
}
