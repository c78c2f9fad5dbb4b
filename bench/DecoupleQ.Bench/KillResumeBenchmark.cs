using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Bench;

/// <summary>
/// Kills a two-block job on the bundled model (kill -9) at random moments and resumes it, again and again; any file that differs from those of an
/// uninterrupted run ends the benchmark with an exception. The job runs in a process of this program.
/// </summary>
internal static class KillResumeBenchmark
{
    private const string Child = "job";

    public static void Run(Report report)
    {
        if (report.Arguments is [Child, string output])
        {
            RunJob(output);
            return;
        }
        int kills = report.Arguments.Count > 0 ? int.Parse(report.Arguments[0], CultureInfo.InvariantCulture) : 100;
        int seed = report.Arguments.Count > 1 ? int.Parse(report.Arguments[1], CultureInfo.InvariantCulture) : 1;
        string folder = Directory.CreateTempSubdirectory("decoupleq-kill-").FullName;
        try
        {
            Kill(report, kills, seed, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Kill(Report report, int kills, int seed, string folder)
    {
        string expected = Path.Combine(folder, "expected"), output = Path.Combine(folder, "out");
        long start = Stopwatch.GetTimestamp();
        Finish(expected);
        TimeSpan whole = Stopwatch.GetElapsedTime(start);

        var random = new Random(seed);
        int killed = 0, finished = 0, resumedWithBlock = 0;
        while (killed < kills)
        {
            resumedWithBlock += File.Exists(Path.Combine(output + ".partial", "journal.json")) ? 1 : 0;
            using Process process = Start(output);
            // Late moments are tried more often: a chain of kills near the start would never come to the second block.
            if (process.WaitForExit(whole * Math.Sqrt(random.NextDouble())))
            {
                Compare(process.ExitCode, expected, output, ref finished);
                continue;
            }
            process.Kill();
            process.WaitForExit();
            killed++;
        }
        Finish(output);
        Compare(0, expected, output, ref finished);
        report.Add(
            ("kills", killed),
            ("seed", seed),
            ("resumed with a finished block", resumedWithBlock),
            ("finished with the same bytes", finished),
            ("seconds of an uninterrupted job", whole.TotalSeconds));
    }

    private static void RunJob(string output) => QuantizationJob.Run(new QuantizationOptions
    {
        Model = Path.Combine("samples", "books-8m"),
        Output = output,
        Calibration = [Path.Combine("samples", "text", "calibration.txt")],
        Blocks = 2,
        Samples = 8,
        Context = 64,
        Minimisation = new() { Epochs = 1 },
        Resume = true,
    });

    private static void Finish(string output)
    {
        using Process process = Start(output);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"The job ended with {process.ExitCode}.");
        }
    }

    private static Process Start(string output) => Process.Start("dotnet", [typeof(KillResumeBenchmark).Assembly.Location, "kill-resume", Child, output]);

    private static void Compare(int exitCode, string expected, string actual, ref int finished)
    {
        if (exitCode != 0 || !Files(expected).SequenceEqual(Files(actual)))
        {
            throw new InvalidOperationException($"A resumed job ended with {exitCode}, and {actual} is not what an uninterrupted one writes.");
        }
        finished++;
        Directory.Delete(actual, recursive: true);
    }

    private static (string, string)[] Files(string folder) =>
    [
        .. Directory.GetFiles(folder)
            .Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))))),
    ];
}
