using System.Diagnostics;
using System.Globalization;

namespace DecoupleQ.Bench.Serving;

/// <summary>From the start of the server's process to the first token of its first request.</summary>
internal static class ServingStartBenchmark
{
    public static void Run(Report report)
    {
        string model = report.Arguments.Count > 0 ? report.Arguments[0] : Path.Combine("samples", "books-8m");
        int runs = report.Arguments.Count > 1 ? int.Parse(report.Arguments[1], CultureInfo.InvariantCulture) : 5;
        double[] seconds = [.. Enumerable.Range(0, runs + 1).Select(_ => Time(model)).Skip(1).Order()];
        report.Add(
            ("start to first token", Path.GetFileName(Path.TrimEndingDirectorySeparator(model))), ("s, median", seconds[runs / 2]), ("s, least", seconds[0]),
            ("s, most", seconds[^1]));
    }

    private static double Time(string model)
    {
        long start = Stopwatch.GetTimestamp();
        using ServedTool server = ServedTool.Start(model);
        using var client = new HttpClient { BaseAddress = server.Address };
        CompletionStream.RunAsync(client, new("Once upon a time", 8, 1), pieces: 1).GetAwaiter().GetResult();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
