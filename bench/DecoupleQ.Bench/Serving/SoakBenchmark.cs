using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace DecoupleQ.Bench.Serving;

/// <summary>
/// Many streaming clients at once that come, ask and leave at random, also in the middle of an answer. Every answer is compared with what the server had said
/// when nobody else was there.
/// </summary>
internal static class SoakBenchmark
{
    private const int Clients = 64, Calls = 256, LongestPause = 200;

    // Of answers that are left before their end.
    private const double Leaving = 0.2;

    private static readonly string[] Prompts =
    [
        "Once upon a time", "It was a dark night, and", "The captain looked at the sea and",
        "\"I do not know,\" said the old man, \"but", "On the first of May",
        "There was nobody in the house, and the door was open. The men had gone down to the shore in the morning, and none of them had come back. So",
    ];

    public static void Run(Report report)
    {
        string model = report.Arguments.Count > 0 ? report.Arguments[0] : Path.Combine("samples", "books-8m");
        int seconds = report.Arguments.Count > 1 ? int.Parse(report.Arguments[1], CultureInfo.InvariantCulture) : 60;
        using ServedTool server = ServedTool.Start(model);
        RunAsync(report, server, seconds).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(Report report, ServedTool server, int seconds)
    {
        using var client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(2) };
        var random = new Random(1);
        CompletionCall[] calls =
            [.. Enumerable.Range(0, Calls).Select(i => new CompletionCall(Prompts[i % Prompts.Length], random.Next(8, 160), i))];
        var alone = new string[Calls];
        foreach ((int i, CompletionCall call) in calls.Index())
        {
            alone[i] = (await CompletionStream.RunAsync(client, call)).Text;
        }
        var between = new ConcurrentBag<double>();
        var first = new ConcurrentBag<double>();
        int asked = 0, left = 0, failed = 0, wrong = 0;
        var clock = Stopwatch.StartNew();
        var memory = new List<double>();
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(number => Task.Run(() => ClientAsync(new Random(number))))];
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            await Task.Delay(250);
            memory.Add(server.Memory / 1e6);
        }
        await Task.WhenAll(clients);
        int quarter = memory.Count / 4;
        double second = memory.Skip(quarter).Take(quarter).Average(), fourth = memory.Skip(3 * quarter).Average();
        double[] sorted = [.. between.Order()];
        report.Add(
            ("clients", Clients), ("seconds", seconds), ("requests", asked), ("left early", left), ("failed", failed), ("other text", wrong),
            ("pieces/s", sorted.Length / clock.Elapsed.TotalSeconds));
        report.Add(
            ("between pieces", "ms"), ("median", sorted[sorted.Length / 2] * 1e3), ("99th percentile", sorted[sorted.Length * 99 / 100] * 1e3),
            ("most", sorted[^1] * 1e3), ("first, median", first.Order().ElementAt(first.Count / 2) * 1e3));
        report.Add(
            ("memory", "MB"), ("second quarter", second), ("last quarter", fourth), ("last / second", fourth / second),
            ("processor, server s", server.Processor), ("clients s", Environment.CpuUsage.TotalTime.TotalSeconds));

        async Task ClientAsync(Random random)
        {
            while (clock.Elapsed.TotalSeconds < seconds)
            {
                int i = random.Next(Calls);
                int? pieces = random.NextDouble() < Leaving ? random.Next(1, 20) : null;
                Interlocked.Increment(ref asked);
                try
                {
                    CompletionAnswer answer = await CompletionStream.RunAsync(client, calls[i], pieces);
                    bool same = answer.Finished ? answer.Text == alone[i] : pieces is not null && alone[i].StartsWith(answer.Text, StringComparison.Ordinal);
                    Interlocked.Add(ref wrong, same ? 0 : 1);
                    Interlocked.Add(ref left, answer.Finished ? 0 : 1);
                    first.Add(answer.First);
                    foreach (double time in answer.Between)
                    {
                        between.Add(time);
                    }
                }
                catch (Exception error) when (error is HttpRequestException or IOException or TaskCanceledException)
                {
                    Interlocked.Increment(ref failed);
                }
                await Task.Delay(random.Next(LongestPause));
            }
        }
    }
}
