using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace DecoupleQ.Bench.Serving;

/// <summary>
/// What replays on another model cost those who are served: the same requests, at half of what the server can do, with and without a share of them replayed, in
/// turns. Arguments: <c>PACKED DENSE [RATE] [SECONDS] [PAIRS]</c>, 0.01, 60 and 3 by default.
/// </summary>
internal static class ShadowBenchmark
{
    private const int Tokens = 32, Busy = 8;
    private const double Load = 0.5;

    private static readonly string[] Prompts =
        ["Once upon a time", "It was a dark night, and", "The captain looked at the sea and", "On the first of May", "\"I do not know,\" said the old man, \"but"];

    public static void Run(Report report)
    {
        if (report.Arguments.Count < 2)
        {
            throw new ArgumentException("usage: serve-shadow PACKED DENSE [RATE] [SECONDS] [PAIRS]");
        }
        RunAsync(report).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(Report report)
    {
        string packed = report.Arguments[0], dense = report.Arguments[1];
        double rate = Number(2, 0.01), seconds = Number(3, 60);
        int pairs = (int)Number(4, 3);
        using ServedTool plain = ServedTool.Start(packed);
        using ServedTool shadowed = ServedTool.Start(
            packed, "--shadow-model", dense, "--shadow-rate", string.Create(CultureInfo.InvariantCulture, $"{100 * rate}%"));
        double most = await CapacityAsync(plain);
        await CapacityAsync(shadowed);
        report.Add(("requests/s, most", most), ("asked for", Load * most), ("replayed", rate));
        var ratios = new List<(double Median, double Late)>();
        for (int pair = 0; pair < pairs; pair++)
        {
            // The same requests at the same times to both; the second one first in every other pair.
            (double Median, double Late) without, with;
            if (pair % 2 == 0)
            {
                without = await MeasureAsync(plain, Load * most, seconds, pair);
                with = await MeasureAsync(shadowed, Load * most, seconds, pair);
            }
            else
            {
                with = await MeasureAsync(shadowed, Load * most, seconds, pair);
                without = await MeasureAsync(plain, Load * most, seconds, pair);
            }
            ratios.Add((with.Median / without.Median, with.Late / without.Late));
            report.Add(
                ("pair", pair), ("median ms, without", without.Median * 1e3), ("with", with.Median * 1e3), ("ratio", ratios[^1].Median),
                ("99th ms, without", without.Late * 1e3), ("with ", with.Late * 1e3), ("ratio ", ratios[^1].Late));
        }
        using var client = new HttpClient { BaseAddress = shadowed.Address };
        string metrics = await client.GetStringAsync("/metrics");
        report.Add(
            ("ratio of medians", ratios.Select(ratio => ratio.Median).Order().ElementAt(pairs / 2)),
            ("of 99th percentiles", ratios.Select(ratio => ratio.Late).Order().ElementAt(pairs / 2)),
            ("replays", Metric(metrics, "decoupleq_shadow_replays_total")), ("dropped", Metric(metrics, "decoupleq_shadow_dropped_total")));

        double Number(int place, double otherwise) =>
            report.Arguments.Count > place ? double.Parse(report.Arguments[place], CultureInfo.InvariantCulture) : otherwise;
    }

    // Requests a second where each of some clients asks again at once.
    private static async Task<double> CapacityAsync(ServedTool server)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        int done = 0;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Busy).Select(async number =>
        {
            for (int i = 0; clock.Elapsed.TotalSeconds < 10; i++)
            {
                await CompletionStream.RunAsync(client, new(Prompts[i % Prompts.Length], Tokens, (number * 1000) + i));
                // The first two seconds are the compiler's.
                done += clock.Elapsed.TotalSeconds > 2 ? 1 : 0;
            }
        }));
        return done / 8.0;
    }

    private static async Task<(double Median, double Late)> MeasureAsync(ServedTool server, double perSecond, double seconds, int seed)
    {
        using var client = new HttpClient { BaseAddress = server.Address };
        var random = new Random(seed);
        var times = new ConcurrentBag<double>();
        var running = new List<Task>();
        var clock = Stopwatch.StartNew();
        for (double at = 0; at < seconds; at -= Math.Log(1 - random.NextDouble()) / perSecond)
        {
            var call = new CompletionCall(Prompts[random.Next(Prompts.Length)], Tokens, random.Next());
            TimeSpan wait = TimeSpan.FromSeconds(at) - clock.Elapsed;
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
            running.Add(Task.Run(async () =>
            {
                long start = Stopwatch.GetTimestamp();
                await CompletionStream.RunAsync(client, call);
                times.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }));
        }
        await Task.WhenAll(running);
        double[] sorted = [.. times.Order()];
        return (sorted[sorted.Length / 2], sorted[sorted.Length * 99 / 100]);
    }

    private static double Metric(string metrics, string name) => metrics.Split('\n').Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture));
}
