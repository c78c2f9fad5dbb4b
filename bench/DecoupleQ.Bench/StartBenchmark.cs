using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Models;

namespace DecoupleQ.Bench;

/// <summary>
/// A whole process, from its start to the first token after a prompt of 16 ids: seconds and peak of resident memory. Each run is a process of this program; the
/// model's files are in the page cache from the first run on, which is not counted.
/// </summary>
internal static class StartBenchmark
{
    private const string Child = "child";
    private const int PromptTokens = 16;

    public static void Run(Report report)
    {
        if (report.Arguments is [Child, string model])
        {
            Generate(model, report.Threads);
            return;
        }
        if (report.Arguments.Count == 0)
        {
            throw new ArgumentException("start MODEL [RUNS]");
        }
        string path = report.Arguments[0];
        int runs = report.Arguments.Count > 1 ? int.Parse(report.Arguments[1], CultureInfo.InvariantCulture) : 5;
        double file = ModelFiles.WeightBytes(path) / 1e6;
        Time(path, report.Threads);
        (double Seconds, double Processor, double Peak)[] measured =
            [.. Enumerable.Range(0, runs).Select(_ => Time(path, report.Threads)).OrderBy(run => run.Seconds)];
        double peak = measured.Max(run => run.Peak);
        report.Add(
            ("start to first token", Path.GetFileName(Path.TrimEndingDirectorySeparator(path))), ("threads", report.Threads), ("file MB", file),
            ("s, median", measured[runs / 2].Seconds), ("s, least", measured[0].Seconds), ("CPU s, least", measured.Min(run => run.Processor)),
            ("peak MB", peak), ("peak - 1.1 x file", peak - (1.1 * file)));
    }

    private static void Generate(string path, int threads)
    {
        using LanguageModel model = LanguageModel.Load(path, new LanguageModelOptions { Threads = threads });
        using Sequence sequence = model.Begin();
        ReadOnlySpan<float> logits = sequence.Append([.. Enumerable.Range(1, PromptTokens)]);
        int first = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits);
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{first} {self.PeakWorkingSet64} {self.TotalProcessorTime.TotalSeconds}"));
    }

    private static (double Seconds, double Processor, double Peak) Time(string path, int threads)
    {
        string number = threads.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(StartBenchmark).Assembly.Location, "start", Child, path, "--threads", number])
        {
            RedirectStandardOutput = true,
        };
        long from = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        string[] figures = process.StandardOutput.ReadToEnd().Split(' ');
        process.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        return process.ExitCode == 0
            ? (seconds, double.Parse(figures[2], CultureInfo.InvariantCulture), double.Parse(figures[1], CultureInfo.InvariantCulture) / 1e6)
            : throw new InvalidOperationException($"The process ended with {process.ExitCode}.");
    }
}
