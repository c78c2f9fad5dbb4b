using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Bench;

/// <summary>The whole job on the bundled model, by phase: <c>job [BLOCK-EPOCHS] [GROUP-SIZE]</c>.</summary>
internal static class JobBenchmark
{
    public static void Run(Report report)
    {
        int epochs = report.Arguments.Count > 0 ? int.Parse(report.Arguments[0], System.Globalization.CultureInfo.InvariantCulture) : 4;
        int groupSize = report.Arguments.Count > 1
            ? int.Parse(report.Arguments[1], System.Globalization.CultureInfo.InvariantCulture)
            : QuantizationFormat.PerChannel;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("decoupleq-bench-");
        try
        {
            QuantizationReport job = QuantizationJob.Run(new QuantizationOptions
            {
                Model = Path.Combine("samples", "books-8m"),
                Output = Path.Combine(folder.FullName, "out"),
                Calibration = [Path.Combine("samples", "text", "calibration.txt")],
                Context = 256,
                Format = new(2, groupSize),
                Threads = report.Threads,
                Minimisation = new() { Epochs = epochs },
            });
            PhaseSeconds seconds = job.Seconds;
            report.Add(
                ("job on books-8m", $"{epochs} epochs"),
                ("threads", report.Threads),
                ("load s", seconds.Load),
                ("forward s", seconds.Forward),
                ("Hessian s", seconds.Hessian),
                ("solve s", seconds.Solve),
                ("minimise s", seconds.Minimise),
                ("write s", seconds.Write),
                ("total s", seconds.Total),
                ("peak MB", job.PeakMemoryBytes / 1e6));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
