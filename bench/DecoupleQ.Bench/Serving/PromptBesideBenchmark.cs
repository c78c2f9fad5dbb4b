using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Generation;
using DecoupleQ.Models;

namespace DecoupleQ.Bench.Serving;

/// <summary>What those who decode wait while somebody else's long prompt is read, and what the prompt takes beside them and alone; in turns.</summary>
internal static class PromptBesideBenchmark
{
    private const int DefaultPrompt = 2000, DefaultRounds = 3, Settling = 8;

    public static void Run(Report report)
    {
        int prompt = Number(report, 1) ?? DefaultPrompt, rounds = Number(report, 2) ?? DefaultRounds, clients = Number(report, 3) ?? 1;
        RunAsync(report, report.Arguments[0], prompt, rounds, clients).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(Report report, string path, int prompt, int rounds, int clients)
    {
        using LanguageModel model = LanguageModel.Load(path, new() { Threads = report.Threads });
        var generator = new TextGenerator(model);
        int[] ids = [.. Enumerable.Range(0, prompt).Select(i => 3 + (i * 37 % (model.VocabularySize - 3)))];
        await ReadAsync(generator, ids);
        for (int round = 0; round < rounds; round++)
        {
            double alone = await ReadAsync(generator, ids);
            using var ended = new CancellationTokenSource();
            List<double>[] gaps = [.. Enumerable.Range(0, clients).Select(_ => new List<double>())];
            Task[] decoding = [.. gaps.Select((gap, i) => DecodeAsync(generator, gap, (ulong)i, ended.Token))];
            await UntilAsync(gaps, Settling);
            int[] from = [.. gaps.Select(Count)];
            double beside = await ReadAsync(generator, ids);
            int[] to = [.. gaps.Select(Count)];
            await UntilAsync(gaps, Settling);
            await ended.CancelAsync();
            await Task.WhenAll(decoding);
            double[] during = [.. gaps.SelectMany((gap, i) => gap[from[i]..Math.Min(to[i] + 1, gap.Count)]).Order()];
            double[] before = [.. gaps.SelectMany((gap, i) => gap[2..from[i]]).Order()];
            report.Add(
                ("who decode", clients), ("ids of the prompt", prompt), ("prompt alone, tokens/s", prompt / alone), ("beside, tokens/s", prompt / beside),
                ("between tokens before, ms, median", 1e3 * before[before.Length / 2]), ("during", 1e3 * during[during.Length / 2]),
                ("most", 1e3 * during[^1]), ("tokens during", during.Length));
        }
    }

    private static int Count(List<double> gaps)
    {
        lock (gaps)
        {
            return gaps.Count;
        }
    }

    private static async Task UntilAsync(List<double>[] gaps, int more)
    {
        int[] from = [.. gaps.Select(Count)];
        while (gaps.Where((gap, i) => Count(gap) < from[i] + more).Any())
        {
            await Task.Delay(5);
        }
    }

    private static async Task<double> ReadAsync(TextGenerator generator, int[] ids)
    {
        long start = Stopwatch.GetTimestamp();
        await foreach (GeneratedToken _ in generator.GenerateAsync(ids, new() { MaxTokens = 1, Temperature = 0 }))
        {
        }
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task DecodeAsync(TextGenerator generator, List<double> gaps, ulong seed, CancellationToken ended)
    {
        try
        {
            // Texts may come to their ends; the next one begins.
            while (true)
            {
                long last = 0;
                await foreach (GeneratedToken _ in generator.GenerateAsync(
                    "Once upon a time", new() { MaxTokens = 4000, Temperature = 1, Seed = seed }, ended))
                {
                    long now = Stopwatch.GetTimestamp();
                    if (last != 0)
                    {
                        lock (gaps)
                        {
                            gaps.Add(Stopwatch.GetElapsedTime(last, now).TotalSeconds);
                        }
                    }
                    last = now;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It is enough.
        }
    }

    private static int? Number(Report report, int at) =>
        report.Arguments.Count > at ? int.Parse(report.Arguments[at], CultureInfo.InvariantCulture) : null;
}
