using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Generation;
using DecoupleQ.Models;

namespace DecoupleQ.Bench.Serving;

/// <summary>What serving costs: clients of the server together, beside as many callers of the library in this process; in turns.</summary>
internal static class ServingCostBenchmark
{
    private const int Clients = 8, Tokens = 96, Rounds = 3;
    private const string Prompt = "The most important thing about the weather is that it";

    public static void Run(Report report)
    {
        string path = report.Arguments.Count > 0 ? report.Arguments[0] : Path.Combine("samples", "books-8m");
        int rounds = report.Arguments.Count > 1 ? int.Parse(report.Arguments[1], CultureInfo.InvariantCulture) : Rounds;
        RunAsync(report, path, rounds).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(Report report, string path, int rounds)
    {
        using ServedTool server = ServedTool.Start(path, "--threads", report.Threads.ToString(CultureInfo.InvariantCulture));
        using var client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(10) };
        using LanguageModel model = LanguageModel.Load(path, new() { Threads = report.Threads });
        var generator = new TextGenerator(model);
        await ServedAsync(client);
        await InProcessAsync(generator);
        for (int round = 0; round < rounds; round++)
        {
            double own = await InProcessAsync(generator);
            double computed = server.Processor, asked = Environment.CpuUsage.TotalTime.TotalSeconds;
            long start = Stopwatch.GetTimestamp();
            double served = await ServedAsync(client);
            report.Add(
                ("clients together", Clients), ("library, tokens/s", own), ("server, tokens/s", served), ("server / library", served / own),
                ("server CPU s", server.Processor - computed), ("clients CPU s", Environment.CpuUsage.TotalTime.TotalSeconds - asked),
                ("s", Stopwatch.GetElapsedTime(start).TotalSeconds));
        }
    }

    private static async Task<double> ServedAsync(HttpClient client)
    {
        long start = Stopwatch.GetTimestamp();
        CompletionAnswer[] answers =
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => CompletionStream.RunAsync(client, new(Prompt, Tokens, i))));
        // A piece is a token but where a character has several.
        return answers.Sum(answer => answer.Between.Count + 1) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> InProcessAsync(TextGenerator generator)
    {
        long start = Stopwatch.GetTimestamp();
        int[] tokens = await Task.WhenAll(Enumerable.Range(0, Clients).Select(async i =>
        {
            int pieces = 0;
            await foreach (GeneratedToken token in generator.GenerateAsync(Prompt, new() { MaxTokens = Tokens, Temperature = 0.9, Seed = (ulong)i }))
            {
                pieces += token.Text.Length > 0 || token.FinishReason is not null ? 1 : 0;
            }
            return pieces;
        }));
        return tokens.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
