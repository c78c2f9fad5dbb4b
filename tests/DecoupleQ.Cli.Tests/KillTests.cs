using System.Diagnostics;
using System.Security.Cryptography;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>Jobs that end without a chance to tidy up: kill -9, a full disk.</summary>
public sealed class KillTests
{
    private const int Kills = 5;

    [Fact]
    public async Task A_job_that_is_killed_again_and_again_and_resumed_gives_the_same_bytes()
    {
        using TemporaryFolder folder = new();
        string expected = folder["expected"], output = folder["out"];
        Stopwatch clock = Stopwatch.StartNew();
        Tool.Run(Arguments(expected)).Expect(0);
        TimeSpan whole = clock.Elapsed;

        var random = new Random();
        int seed = random.Next();
        random = new Random(seed);
        var progress = new List<string>();
        for (int kill = 0; kill < Kills; kill++)
        {
            using Process process = Tool.Start([.. Arguments(output), "--resume"]);
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            if (!process.WaitForExit(whole * (0.1 + (0.8 * random.NextDouble()))))
            {
                process.Kill();
            }
            Tool.WaitForExit(process);
            progress.Add(await error);
            if (Directory.Exists(output))
            {
                AssertSame(expected, output, seed, progress);
                Directory.Delete(output, recursive: true);
            }
        }
        Tool.Run([.. Arguments(output), "--resume"]).Expect(0);
        AssertSame(expected, output, seed, progress);
        Assert.Equal(["expected", "out"], Directory.GetFileSystemEntries(folder.FullName).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_file_system_without_locks_will_do()
    {
        using TemporaryFolder folder = new();
        string model = Paths.Golden("golden", "tiny", "tiny-llama-spm");
        using Process process = Process.Start(new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "DecoupleQ.Cli.dll"), "convert", model, "-o", folder["out"]])
        {
            Environment = { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardError.ReadToEnd();
        Tool.WaitForExit(process);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal([folder["out"]], Directory.GetFileSystemEntries(folder.FullName));
    }

    [Fact]
    public void A_full_disk_ends_in_one_line_and_a_folder_that_can_be_resumed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The size of files cannot be limited there.");
        using TemporaryFolder folder = new();
        string expected = folder["expected"], output = folder["out"], partial = output + ".partial";
        string[] options = ["--embedding-bits", "4", "--head-bits", "4"];
        Tool.Run([.. Arguments(expected), .. options]).Expect(0);

        // Shards of dense blocks, which come last, are larger than that.
        ToolResult failed = RunWithFileLimit(1400, [.. Arguments(output), .. options]).Expect(1);
        string line = failed.Error.TrimEnd().Split('\n')[^1];
        Assert.StartsWith($"decoupleq: {Path.Combine(partial, "model", "model-00004-of-00009.safetensors")}: ", line);
        Assert.Contains("--resume", line);
        Assert.DoesNotContain("   at ", failed.Error);
        Assert.False(Directory.Exists(output));
        Assert.True(File.Exists(Path.Combine(partial, "journal.json")));
        Assert.False(File.Exists(Path.Combine(partial, "model", "config.json")));

        const string Block2 = "model-00003-of-00009.safetensors";
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(partial, "model", Block2));
        Tool.Run([.. Arguments(output), .. options, "--resume"]).Expect(0);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(output, Block2)));
        AssertSame(expected, output, 0, []);
    }

    private static string[] Arguments(string output) =>
    [
        "quantize", Paths.Model, "-o", output, "--calibration", PackedModel.Calibration, "--blocks", "2", "--samples", "8", "--context", "64", "--block-epochs",
        "1",
    ];

    private static ToolResult RunWithFileLimit(int kilobytes, string[] arguments)
    {
        ProcessStartInfo start = new("bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        // The runtime's own executable memory counts as a file unless it is told to do without write-exclusive pages.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        foreach (string argument in (string[])
            [
                "-c", $"trap '' XFSZ; ulimit -f {kilobytes}; exec dotnet \"$@\"", "bash", Path.Combine(AppContext.BaseDirectory, "DecoupleQ.Cli.dll"),
                .. arguments,
            ])
        {
            start.ArgumentList.Add(argument);
        }
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        Tool.WaitForExit(process);
        return new(process.ExitCode, output.Result, error.Result);
    }

    private static void AssertSame(string expected, string actual, int seed, List<string> progress) =>
        Assert.True(Files(expected).SequenceEqual(Files(actual)), $"The files differ; seed {seed}.\n{string.Join("\n--\n", progress)}");

    private static (string, string)[] Files(string folder) =>
    [
        .. Directory.GetFiles(folder)
            .Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))))),
    ];
}
