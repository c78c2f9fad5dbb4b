using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Bench;

/// <summary>
/// Estimates of jobs beside the jobs themselves: seconds by phase, peak memory, size. On the bundled model in several settings, or, with
/// <c>MODEL CALIBRATION [BLOCKS] [BLOCK-EPOCHS] [GROUP-SIZE] [MEMORY-BUDGET]</c> (bytes; 0 for none), on another. The jobs run in processes of this program.
/// </summary>
internal static class EstimateBenchmark
{
    private const string Child = "job";

    public static void Run(Report report)
    {
        string[] arguments = [.. report.Arguments];
        if (arguments is [Child, string output, .. string[] job])
        {
            QuantizationReport done = QuantizationJob.Run(Options(job, output, report.Threads));
            Console.WriteLine(JsonSerializer.Serialize(new Outcome(done.Seconds, done.PeakMemoryBytes)));
            return;
        }
        if (arguments.Length > 0)
        {
            Compare(report, arguments);
            return;
        }
        string model = Path.Combine("samples", "books-8m"), text = Path.Combine("samples", "text", "calibration.txt");
        string[][] jobs =
        [
            ["8", "0", "-1", "0"], ["8", "0", "64", "0"], ["2", "1", "-1", "0"],
            ["2", "1", "64", "0"], ["2", "1", "64", "200000000"], ["2", "1", "64", "40000000"],
        ];
        foreach (string[] settings in jobs)
        {
            Compare(report, [model, text, .. settings]);
        }
    }

    private static void Compare(Report report, string[] job)
    {
        string folder = Directory.CreateTempSubdirectory("decoupleq-estimate-").FullName;
        try
        {
            string output = Path.Combine(folder, "out");
            JobEstimate estimate = JobEstimate.Of(Options(job, output, report.Threads));
            using Process process = Process.Start(new ProcessStartInfo(
                "dotnet",
                [
                    typeof(EstimateBenchmark).Assembly.Location, "estimate", Child, output, .. job,
                    "--threads", report.Threads.ToString(CultureInfo.InvariantCulture),
                ])
            { RedirectStandardOutput = true })!;
            string printed = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Outcome done = JsonSerializer.Deserialize<Outcome>(printed.Trim())!;
            long bytes = new DirectoryInfo(output).EnumerateFiles().Sum(file => file.Length);
            string name = string.Join(' ', job.Skip(2));
            Row("load s", estimate.Seconds.Load, done.Seconds.Load);
            Row("forward s", estimate.Seconds.Forward, done.Seconds.Forward);
            Row("Hessian s", estimate.Seconds.Hessian, done.Seconds.Hessian);
            Row("solve s", estimate.Seconds.Solve, done.Seconds.Solve);
            Row("minimise s", estimate.Seconds.Minimise, done.Seconds.Minimise);
            Row("write s", estimate.Seconds.Write, done.Seconds.Write);
            Row("total s", estimate.Seconds.Total, done.Seconds.Total);
            Row("peak memory MB", estimate.Memory.PeakBytes / 1e6, done.PeakMemoryBytes / 1e6);
            Row("folder MB", estimate.Disk.OutputBytes / 1e6, bytes / 1e6);

            void Row(string what, double estimated, double actual) => report.Add(
                ("blocks, epochs, group size, budget", name),
                ("what", what),
                ("estimate", estimated),
                ("actual", actual),
                ("ratio", actual == 0 ? 1 : estimated / actual));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static QuantizationOptions Options(string[] job, string output, int threads)
    {
        long[] numbers = [.. job.Skip(2).Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        bool bundled = Path.GetExtension(job[1]) == ".txt";
        return new QuantizationOptions
        {
            Model = job[0],
            Output = output,
            Calibration = [job[1]],
            Context = bundled ? 256 : null,
            Blocks = numbers.Length > 0 ? (int)numbers[0] : null,
            Minimisation = new() { Epochs = numbers.Length > 1 ? (int)numbers[1] : 0 },
            Format = new QuantizationFormat(2, numbers.Length > 2 ? (int)numbers[2] : 64),
            MemoryBudget = numbers.Length > 3 && numbers[3] > 0 ? numbers[3] : null,
            Threads = threads,
        };
    }

    private sealed record Outcome(PhaseSeconds Seconds, long PeakMemoryBytes);
}
