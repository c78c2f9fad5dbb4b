using System.Globalization;

namespace DecoupleQ.Bench;

/// <summary>A small job on a long calibration text under a memory budget, as a process, beside the same job on a short one.</summary>
internal static class LongTextBenchmark
{
    public static void Run(Report report)
    {
        int megabytes = report.Arguments.Count > 0 ? int.Parse(report.Arguments[0], CultureInfo.InvariantCulture) : 97;
        string text = Path.Combine("samples", "text", "calibration.txt"), folder = Directory.CreateTempSubdirectory("decoupleq-text-").FullName;
        try
        {
            string longText = Path.Combine(folder, "long.txt");
            byte[] part = File.ReadAllBytes(text);
            using (FileStream file = File.Create(longText))
            {
                for (long length = 0; length < megabytes * 1_000_000L; length += part.Length)
                {
                    file.Write(part);
                }
            }
            foreach (string calibration in (string[])[text, longText])
            {
                string output = Path.Combine(folder, Path.GetFileNameWithoutExtension(calibration));
                var run = ToolProcess.Run(
                    "quantize", Path.Combine("samples", "books-8m"), "-o", output, "--calibration", calibration, "--samples", "8", "--blocks", "1",
                    "--memory-budget", "100MB");
                report.Add(
                    ("one block, 8 windows, budget 100 MB", $"text of {new FileInfo(calibration).Length / 1e6:0.0} MB"), ("seconds", run.Seconds),
                    ("CPU s", run.Processor),
                    ("peak MB", run.PeakBytes / 1e6));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
