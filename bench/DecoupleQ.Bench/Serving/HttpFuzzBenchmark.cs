using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Server.Tests.Fuzzing;

namespace DecoupleQ.Bench.Serving;

/// <summary>
/// Many damaged requests to a server in this process: <c>fuzz http [COUNT] [FIRST]</c>. An answer that none may get, a failure in the server's log, and an
/// ordinary request that is answered in another way than before end it with the request's number, which alone makes that request again.
/// </summary>
internal static class HttpFuzzBenchmark
{
    public const string Name = "http";

    private const int DefaultCount = 100_000;

    private static readonly string Model = Path.Combine("samples", "books-8m"), Template = Path.Combine("tests", "DecoupleQ.Server.Tests", "tools.jinja");

    public static void Run(Report report) => RunAsync(report, Number(report, 1) ?? DefaultCount, Number(report, 2) ?? 0).GetAwaiter().GetResult();

    private static async Task RunAsync(Report report, int count, int first)
    {
        await using FuzzedServer server = await FuzzedServer.StartAsync(Model, Template, report.Threads);
        long start = Stopwatch.GetTimestamp();
        HttpFuzzer.Outcome outcome = await server.RunAsync(first, count);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        report.Add(
            ("fuzz", Name), ("first", first), ("next", first + count), ("slowest ms", outcome.Slowest.TotalMilliseconds), ("seconds", seconds),
            ("MB of objects after 3 tenths", outcome.Memory[2].Used / 1e6), ("at the end", outcome.Memory[^1].Used / 1e6),
            ("MB of the process after 3 tenths", outcome.Memory[2].Process / 1e6), ("of the process at the end", outcome.Memory[^1].Process / 1e6));
        foreach ((int status, int times) in outcome.Statuses)
        {
            report.Add(("status", status == 0 ? "closed" : status.ToString(CultureInfo.InvariantCulture)), ("requests", times));
        }
    }

    private static int? Number(Report report, int at) =>
        report.Arguments.Count > at ? int.Parse(report.Arguments[at], CultureInfo.InvariantCulture) : null;
}
